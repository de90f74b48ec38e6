// The scenes of a site: each arrangement of each layout, loaded when it is first shown.
import type { LayoutEntry } from '../data/manifest';
import type { Site } from '../data/site';
import type { Camera } from '../geometry/camera';
import { cameraAt, type Place } from '../state/url';
import { carryCamera, type MapWindow } from './arrangement';
import { loadScene, type Scene } from './scene';

export class Scenes {
  private readonly loaded = new Map<string, Promise<Scene>>();

  constructor(private readonly site: Site) {}

  /** @param spread number of the layout's spread; -1: its own positions */
  get(layout: LayoutEntry, spread: number): Promise<Scene> {
    const name = `${layout.name} ${String(spread)}`;
    let scene = this.loaded.get(name);
    if (!scene) {
      scene = loadScene(this.site, layout, spread);
      this.loaded.set(name, scene);
      scene.catch(() => this.loaded.delete(name));
    }
    return scene;
  }

  /** The camera for a place of an address, which may have been written in another arrangement of the layout. */
  async cameraFor(place: Place, scene: Scene, window: MapWindow): Promise<Camera> {
    const meant = place.spread ?? Math.min(scene.spread, 0);
    const camera = cameraAt(place, window.viewport);
    if (meant === scene.spread || meant >= scene.layout.spreads.length) return camera;
    return carryCamera(await this.get(scene.layout, meant), scene, camera, window);
  }
}
