// Steps over the map with keys: from one image to the next that way. It is marked and named as if it were pointed at.
import type { Direction } from '../geometry/towards';
import type { AppStore } from '../state/app_state';
import type { ImageMap } from './image_map';

export class Stepper {
  constructor(
    private readonly app: AppStore,
    private readonly map: Pick<ImageMap, 'boxOf' | 'isInSight' | 'nearestToMiddle' | 'nextTowards' | 'onSettled' | 'setHovered'> & {
      readonly travel: Pick<ImageMap['travel'], 'keepInSight'>;
    },
  ) {
    map.onSettled(() => {
      if (this.rank >= 0) this.mark(this.rank); // it may have moved
    });
  }

  /** The image on which the last step ended; -1 once a hand points elsewhere. */
  get rank(): number {
    const { stepped, hovered } = this.app.get();
    return stepped === hovered ? stepped : -1;
  }

  /** Steps on: the first time onto the image nearest to the middle, or from the one that is open. */
  step(direction: Direction): void {
    const { stepped, open } = this.app.get();
    const from = this.rank >= 0 ? this.rank : open >= 0 ? open : this.map.isInSight(stepped) ? stepped : -1;
    const to = from < 0 ? this.map.nearestToMiddle() : this.map.nextTowards(from, direction);
    if (to < 0) return;
    this.map.travel.keepInSight(to);
    this.mark(to);
  }

  /** Leaves the image. */
  leave(): void {
    if (this.rank < 0) return;
    this.map.setHovered(-1);
    this.app.set({ stepped: -1, hovered: -1, hoveredAt: null });
  }

  private mark(rank: number): void {
    this.map.setHovered(rank);
    this.app.set({ stepped: rank, hovered: rank, hoveredAt: this.map.boxOf(rank) });
  }
}
