// Where the map goes when it is told to: to the whole of it, to a place, to an image. Hands move it through `motion`.
import type { SiteError } from '../data/site_error';
import { type Camera, centreOn, type Point } from '../geometry/camera';
import type { Place } from '../state/url';
import { Motion } from './motion';
import type { Scenes } from './scenes';
import type { Stage } from './stage';

export class Travel {
  readonly motion = new Motion({ width: 1, height: 1 });
  /** Whether the view shows the whole layout, and is to go on doing so when the window changes. */
  isFitted = true;
  /** Counts where it was told to go, so that what comes late is known to be late. */
  private turn = 0;

  /**
   * @param stageNow what is on view; null before there is anything
   * @param wake asks for a frame
   */
  constructor(
    private readonly scenes: Pick<Scenes, 'cameraFor'>,
    private readonly stageNow: () => Stage | null,
    private readonly wake: () => void,
    private readonly onError: (error: SiteError) => void,
  ) {}

  /** Holds the camera within what a stage shows. */
  keepWithin(stage: Stage): void {
    this.motion.bounds = stage.scene.bounds;
    this.motion.limits = stage.limits;
  }

  /** A hand has moved the map: it is no longer to be kept whole in the window. */
  handled(): void {
    this.isFitted = false;
    this.turn++;
    this.wake();
  }

  /** @param least share of the images; the view stays as it is where more of them are in sight beside the panels */
  fit(least = 1): void {
    const stage = this.stageNow();
    if (!stage || (least < 1 && stage.shareInSight(this.motion.camera) > least)) return;
    this.motion.flyTo(stage.fitCamera(), performance.now());
    this.isFitted = true;
    this.turn++;
    this.wake();
  }

  zoomBy(factor: number): void {
    const stage = this.stageNow();
    if (!stage) return;
    this.motion.zoomTowards(stage.middle.x, stage.middle.y, factor);
    this.handled();
  }

  /** Brings a point of the world to the middle of what no panel covers. */
  lookAt({ x, y }: Point, isFlight: boolean): void {
    const stage = this.stageNow();
    if (!stage) return;
    const camera = centreOn(x, y, this.motion.camera.scale, stage.insets);
    if (isFlight) this.fly(camera);
    else {
      this.motion.set(camera);
      this.handled();
    }
  }

  fly(camera: Camera): void {
    this.motion.flyTo(camera, performance.now());
    this.handled();
  }

  /** To the place of an address; null: to the whole. */
  goTo(place: Place | null): void {
    const stage = this.stageNow();
    if (!place || !stage) {
      this.fit();
      return;
    }
    const { scene } = stage;
    const turn = ++this.turn;
    this.scenes.cameraFor(place, scene, stage).then(
      (camera) => {
        // Another layout, or a hand, may have come first.
        if (stage.scene === scene && turn === this.turn) this.fly(camera);
      },
      (error: unknown) => {
        this.onError(error as SiteError);
      },
    );
  }

  /** Brings an image to the middle of the free part of the window, large enough to be seen. */
  flyTo(rank: number): void {
    const stage = this.stageNow();
    if (stage) this.fly(stage.cameraOn(rank, stage.scaleToSee(rank, this.motion.camera.scale)));
  }

  /** Moves only if the image is hidden by a panel or lies outside. */
  keepInSight(rank: number): void {
    const stage = this.stageNow();
    if (stage?.isHidden(this.motion.camera, rank)) this.fly(stage.cameraOn(rank, this.motion.camera.scale));
  }
}
