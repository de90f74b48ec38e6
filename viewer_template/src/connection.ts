// Notices when the server cannot be reached, tells it once, and asks again: at once when the browser says that it is
// online, and after pauses that grow until it has held for a while. What was missed meanwhile is asked for when the server has answered.
import type { FileSource } from './data/fetching';
import { BusyError, UnreachableError } from './data/site_error';
import type { AppStore } from './state/app_state';
import { strings } from './strings';

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const NOTICE_MS = 4000;

export class Connection {
  private isDown = false;
  private pauseMs = FIRST_PAUSE_MS;
  private timer = 0;
  private calm = 0;
  /** Addresses of styles that did not come. */
  private readonly lostStyles = new Set<string>();

  /** @param onBack called when the server can be reached again */
  constructor(
    private readonly source: FileSource,
    private readonly app: AppStore,
    private readonly onBack: () => void,
  ) {
    window.addEventListener('offline', () => {
      this.lose();
    });
    window.addEventListener('online', () => {
      this.probe();
    });
    window.addEventListener('vite:preloadError', (event) => {
      this.missCode((event as Event & { payload?: unknown }).payload);
    });
  }

  /** The files of the site, as they are to be asked for: who is not answered is noticed. */
  watched(): FileSource {
    const noticed = async <T>(asked: Promise<T>): Promise<T> => {
      try {
        return await asked;
      } catch (error) {
        if (error instanceof UnreachableError) this.lose(error instanceof BusyError ? strings.busy : strings.offline);
        throw error;
      }
    };
    const { source } = this;
    return {
      url: (path) => source.url(path),
      reach: () => noticed(source.reach()),
      published: () => source.published(),
      bytes: (path, signal, priority) => noticed(source.bytes(path, signal, priority)),
      json: (path, signal) => noticed(source.json(path, signal)),
      blob: (path, signal) => noticed(source.blob(path, signal)),
    };
  }

  /** A part of the interface could not be loaded: the server is gone, or this viewer is no longer on it. */
  private missCode(error: unknown): void {
    // The loader of parts never asks for a style twice, and says which it was in words alone.
    const style = /\S+\.css$/.exec(error instanceof Error ? error.message : '')?.[0];
    if (style !== undefined) this.lostStyles.add(style);
    if (this.isDown) return;
    this.source.reach().then(
      () => {
        void this.restoreStyles();
        this.app.set({ notice: strings.fileTrouble(error instanceof Error ? error.message : String(error)) });
      },
      () => {
        this.lose();
      },
    );
  }

  private lose(notice = strings.offline): void {
    if (this.isDown) return;
    this.isDown = true;
    clearTimeout(this.calm);
    this.app.set({ notice });
    this.wait();
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.probe();
    }, this.pauseMs);
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs);
  }

  private probe(): void {
    if (!this.isDown) return;
    clearTimeout(this.timer);
    this.source.reach().then(
      async () => {
        await this.restoreStyles();
        this.regain();
      },
      () => {
        this.wait();
      },
    );
  }

  private async restoreStyles(): Promise<void> {
    const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')].filter(({ href }) => this.lostStyles.has(href));
    await Promise.all(
      links.map(async (link) => {
        if (await loadAgain(link)) this.lostStyles.delete(link.href);
      }),
    );
  }

  private regain(): void {
    if (!this.isDown) return;
    this.isDown = false;
    clearTimeout(this.timer);
    // A server that gives one file and refuses another is not to be asked in a circle.
    this.calm = window.setTimeout(() => (this.pauseMs = FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.app.set({ notice: strings.online, reconnections: this.app.get().reconnections + 1 });
    window.setTimeout(() => {
      if (this.app.get().notice === strings.online) this.app.set({ notice: null });
    }, NOTICE_MS);
    this.onBack();
  }
}

/** @returns whether it is here now */
function loadAgain(link: HTMLLinkElement): Promise<boolean> {
  const again = document.createElement('link');
  again.rel = 'stylesheet';
  again.href = link.href;
  return new Promise((done) => {
    again.onload = () => {
      done(true);
    };
    again.onerror = () => {
      done(false);
    };
    link.replaceWith(again);
  });
}
