// Where the map goes when it is told to; what comes too late is passed over.
import { describe, expect, it, vi } from 'vitest';
import type { Camera } from '../src/geometry/camera';
import { Drawing } from '../src/drawing';
import type { ImageMap } from '../src/map/image_map';
import type { Stage } from '../src/map/stage';
import { Travel } from '../src/map/travel';
import { makeAppStore } from '../src/state/app_state';
import type { Choosing } from '../src/state/choosing';

const HOME = { x: 0, y: 0, scale: 1 };
const THERE = { x: 0.5, y: 0.25, scale: 4 };
const PLACE = { x: 0.5, y: 0.25, span: 1 };
const pause = () => new Promise((done) => setTimeout(done, 0));

function start(cameraFor: () => Promise<Camera>) {
  const stage = { scene: {}, fitCamera: () => HOME } as unknown as Stage;
  const troubles: unknown[] = [];
  const travel = new Travel({ cameraFor }, () => stage, () => undefined, (error) => troubles.push(error));
  travel.motion.isReduced = true;
  return { travel, stage, troubles };
}

describe('a place of an address', () => {
  it('is gone to; none is the whole', async () => {
    const { travel } = start(() => Promise.resolve(THERE));
    travel.goTo(PLACE);
    await pause();
    expect([travel.motion.camera, travel.isFitted]).toEqual([THERE, false]);
    travel.goTo(null);
    expect([travel.motion.camera, travel.isFitted]).toEqual([HOME, true]);
  });

  it('that comes late moves nothing: another layout is on view, or one has gone elsewhere', async () => {
    for (const meanwhile of [
      (travel: Travel) => { travel.fit(); },
      (travel: Travel) => { travel.handled(); },
      (_: Travel, stage: Stage) => { stage.scene = {} as Stage['scene']; },
    ]) {
      const { travel, stage } = start(() => Promise.resolve(THERE));
      travel.goTo(PLACE);
      meanwhile(travel, stage);
      await pause();
      expect(travel.motion.camera).toEqual(HOME);
    }
  });

  it('that cannot be had is told', async () => {
    const { travel, troubles } = start(() => Promise.reject(new Error('gone')));
    travel.goTo(PLACE);
    await pause();
    expect(troubles).toEqual([new Error('gone')]);
  });
});

describe('a lasso', () => {
  function draw() {
    const app = makeAppStore('umap', 'auto');
    const join = vi.fn();
    const map = { worldAt: (point: { x: number; y: number }) => point, ranksInside: () => [1], renderer: { imageCount: 3 } } as unknown as ImageMap;
    const drawing = new Drawing(app, map, { join } as unknown as Choosing);
    app.set({ tool: 'lasso' });
    const keys = { shift: false, alt: false, ctrl: false };
    drawing.begin(0, 0, keys);
    drawing.draw(40, 0);
    drawing.draw(40, 40);
    return { app, join, drawing, keys };
  }

  it('chooses what it goes round', () => {
    const { join, drawing, keys } = draw();
    drawing.end(keys);
    expect(join).toHaveBeenCalledWith(Uint8Array.of(0, 1, 0), 'replace');
  });

  it('that is called off with Escape chooses nothing, though the hand goes on', () => {
    const { app, join, drawing, keys } = draw();
    app.set({ tool: null, outline: null });
    drawing.draw(0, 40);
    drawing.draw(0, 60);
    drawing.draw(20, 80);
    drawing.end(keys);
    expect(join).not.toHaveBeenCalled();
    expect(app.get().outline).toBeNull();
  });
});
