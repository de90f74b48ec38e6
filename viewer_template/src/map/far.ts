// Brings what is seen from afar: first some images of a large site, later everybody's micro-thumbnail.
import { type Boot, overviewRanks } from '../data/boot';
import { meanOfBlock } from '../data/micro';
import type { Site } from '../data/site';
import { type SiteError, UnreachableError } from '../data/site_error';
import { overviewOf, type Overview } from '../data/tile_plan';
import type { Renderer } from '../render/renderer';
import { Foremost } from './foremost';
import type { Scene } from './scene';

/** Runs when the page has nothing better to do; not every browser tells. */
function whenIdle(): Promise<void> {
  return new Promise((done) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => { done(); }, { timeout: 1000 });
    else setTimeout(done, 50);
  });
}

export class Far {
  /** The images that are drawn as pictures among very many; null in a small site. */
  foremost: Foremost | null = null;
  overview: Overview | null = null;
  private boot: Promise<Boot | null> | null = null;
  private hasBegun = false;
  /** Chunks of micro-thumbnails that are here. */
  private chunks = 0;
  private isLoadingRest = false;
  private isCutOff = false;

  constructor(
    private readonly site: Site,
    private readonly renderer: Renderer,
    private readonly onArrival: () => void,
    private readonly onError: (error: SiteError) => void,
  ) {}

  /** What the first view lacks: the scene, and the shapes of all images; null if it cannot be had, undefined if it is coming. */
  async loadRest(loadScene: () => Promise<Scene>): Promise<{ scene: Scene; aspects: Float32Array } | null | undefined> {
    if (this.isLoadingRest) return undefined;
    this.isLoadingRest = true;
    try {
      const [scene, aspects] = await Promise.all([loadScene(), this.site.aspects()]);
      this.renderer.setAspects(aspects);
      return { scene, aspects };
    } catch (error) {
      this.onError(error as SiteError);
      return null;
    }
  }

  /** Loads micro-thumbnails, chunk by chunk, when the page is idle. Called once the first view is at rest. */
  async complete(): Promise<void> {
    if (this.hasBegun) return;
    this.hasBegun = true;
    const lacksColors = this.site.manifest.boot !== null;
    try {
      for (; this.chunks < this.site.manifest.micro.paths.length; this.chunks++) {
        await whenIdle();
        const { first, blocks } = await this.site.micro(this.chunks);
        this.renderer.setMicro(first, blocks);
        if (lacksColors) this.renderer.setMeans(first, meansOf(blocks));
        this.onArrival();
      }
    } catch (error) {
      this.onError(error as SiteError);
      this.isCutOff = error instanceof UnreachableError;
      if (!this.isCutOff && lacksColors) await this.takeColors(); // else it is gone on with
    }
  }

  /** Mean colours out of their column, where micro-thumbnails do not tell them. */
  private async takeColors(): Promise<void> {
    try {
      const [aspects, colors] = await Promise.all([this.site.aspects(), this.site.colors()]);
      this.renderer.setImages(aspects, colors);
      this.onArrival();
    } catch (error) {
      this.onError(error as SiteError);
    }
  }

  /** The server answers again: what it did not give is asked for when the view is next at rest. */
  retry(): void {
    if (this.isCutOff) this.isCutOff = this.hasBegun = false;
    this.isLoadingRest = false;
  }

  /** What is shown first; null where the site has none. */
  load(): Promise<Boot | null> {
    this.boot ??= this.site.boot().then((boot) => {
      const { boot: entry } = this.site.manifest;
      if (boot && entry) {
        const ranks = overviewRanks(boot.ranks, entry.overview.count);
        this.overview = overviewOf(this.site.manifest, entry.overview, ranks);
        this.foremost = new Foremost(boot.ranks, ranks);
      }
      return boot;
    });
    return this.boot;
  }
}

/** Mean colours of blocks, three bytes each. */
function meansOf(blocks: Uint32Array): Uint8Array {
  const means = new Uint8Array((blocks.length / 2) * 3);
  for (let row = 0; 2 * row < blocks.length; row++) means.set(meanOfBlock(blocks[2 * row], blocks[2 * row + 1]), 3 * row);
  return means;
}
