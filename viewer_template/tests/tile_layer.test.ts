import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TileSource } from '../src/data/tile_source';
import type { Tile } from '../src/geometry/deep_zoom';
import { type Frame, WHOLE } from '../src/geometry/picture_view';
import { TileLayer } from '../src/ui/tile_layer';

const pyramid = { width: 4096, height: 4096, tileWidth: 512, tileHeight: 512, levels: [1, 2, 4].map((scale) => ({ scale, width: 4096 / scale, height: 4096 / scale })) };
const frame: Frame = { width: 900, height: 900, pictureWidth: 4096, pictureHeight: 4096 };
const canvas = { offsetTop: 0, offsetHeight: 900, width: 0, height: 0, getContext: () => null } as unknown as HTMLCanvasElement;

/** A server that answers when it is told to, or never, where the layer gave up. */
class Slow implements TileSource {
  readonly pyramid = pyramid;
  readonly asked: Tile[] = [];
  private readonly waiting: { give: () => void; refuse: () => void }[] = [];

  tile(tile: Tile, signal: AbortSignal): Promise<Blob> {
    this.asked.push(tile);
    return new Promise((resolve, reject) => {
      const refuse = () => { reject(new Error('no')); };
      signal.addEventListener('abort', refuse);
      this.waiting.push({ give: () => { resolve(new Blob()); }, refuse });
    });
  }

  async answer(how: 'give' | 'refuse'): Promise<void> {
    for (const one of this.waiting.splice(0)) one[how]();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const close = vi.fn();

class Bitmap {
  readonly width = 512;
  readonly height = 512;
  readonly close = close;
}

beforeEach(() => {
  vi.stubGlobal('window', { devicePixelRatio: 1 });
  vi.stubGlobal('requestAnimationFrame', () => 1);
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
  vi.stubGlobal('ImageBitmap', Bitmap);
  vi.stubGlobal('createImageBitmap', () => Promise.resolve(new Bitmap()));
});
afterEach(() => {
  vi.unstubAllGlobals();
  close.mockReset();
});

describe('the tiles over an enlarged picture', () => {
  it('are asked for a few at a time, each once, until all are there', async () => {
    const source = new Slow();
    const layer = new TileLayer(canvas, source, 0, () => undefined);
    layer.show(frame, WHOLE);
    expect(source.asked).toHaveLength(4);
    await source.answer('give');
    layer.show(frame, { ...WHOLE, zoom: 2 });
    while (source.asked.length < 20) {
      const before = source.asked.length;
      await source.answer('give');
      expect(source.asked.length - before).toBeLessThanOrEqual(6);
      if (source.asked.length === before) break;
    }
    const names = source.asked.map(({ level, column, row }) => `${String(level)} ${String(column)} ${String(row)}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('that failed are asked for again when it is tried anew, and not before', async () => {
    const source = new Slow();
    const trouble = vi.fn();
    const layer = new TileLayer(canvas, source, 0, trouble);
    layer.show(frame, WHOLE);
    await source.answer('refuse');
    layer.show(frame, WHOLE);
    expect(trouble).toHaveBeenCalledTimes(4);
    expect(source.asked).toHaveLength(4);
    layer.retry();
    expect(source.asked).toHaveLength(8);
  });

  it('are let go of when it closes, and nobody asks for more', async () => {
    const source = new Slow();
    const layer = new TileLayer(canvas, source, 0, () => undefined);
    layer.show(frame, WHOLE);
    await source.answer('give');
    layer.show(frame, { ...WHOLE, zoom: 3 });
    const asked = source.asked.length;
    layer.close();
    await source.answer('give');
    expect(source.asked).toHaveLength(asked);
    expect(close).toHaveBeenCalledTimes(4);
  });
});
