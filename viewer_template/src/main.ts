// Wires the rooms of the viewer together. The doors between them (held by eslint.config.js):
//   main, session → ui → state → data → geometry;  main, session → map → render, state, data → geometry.
//   geometry  pure mathematics                    data   reading a site: planning is pure, loading executes
//   render    WebGL: frames in, pixels out        state  the one store, and its form in the address
//   map       from state to frames                ui     Svelte; knows no GL
import { mount } from 'svelte';
import { Cells } from './data/cells';
import { Facets } from './data/facets';
import { type FileSource, openFolder } from './data/fetching';
import { readManifest } from './data/manifest';
import { Site } from './data/site';
import { SiteError } from './data/site_error';
import type { Insets } from './geometry/camera';
import { markOnce, publishDiagnostics } from './map/diagnostics';
import { ImageMap } from './map/image_map';
import { Input } from './map/input';
import { noMap } from './map/no_map';
import { Connection } from './connection';
import { readLook } from './look';
import { Session, rememberedTheme } from './session';
import { type AppStore, makeAppStore, makeViewStore } from './state/app_state';
import { Choosing } from './state/choosing';
import { Criteria } from './state/criteria';
import { Filtering } from './state/filtering';
import { narrowingOf } from './state/filters_url';
import { followHistory } from './state/history';
import { Painting } from './state/painting';
import { Searching } from './state/searching';
import { overlaysOf } from './state/overlays_url';
import { lookingOf } from './state/search_url';
import { parseAddress } from './state/url';
import { strings } from './strings';
import type { Actions } from './ui/actions';
import App from './ui/App.svelte';
import { insetsFor } from './ui/insets';
import './ui/theme.css';
import './ui/motion.css';
import './ui/page.css';

function makeCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.id = 'clipplot-map';
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', strings.mapLabel);
  canvas.setAttribute('aria-describedby', 'clipplot-map-instructions');
  const instructions = document.createElement('p');
  instructions.id = 'clipplot-map-instructions';
  instructions.hidden = true;
  instructions.textContent = strings.mapInstructions;
  document.body.prepend(canvas, instructions);
  return canvas;
}

function viewportNow(): { width: number; height: number } {
  return { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight };
}

function watchPreferences(map: ImageMap): void {
  const stillness = matchMedia('(prefers-reduced-motion: reduce)');
  const followStillness = () => {
    map.travel.motion.isReduced = stillness.matches;
  };
  followStillness();
  stillness.addEventListener('change', followStillness);
}

/** Shows a map in the page, and keeps its size. */
function makeMap(site: Site, app: AppStore, view: ReturnType<typeof makeViewStore>, tell: (error: unknown) => void): ImageMap | null {
  const canvas = makeCanvas();
  try {
    return new ImageMap(canvas, site, app, view, tell);
  } catch (error) {
    canvas.remove();
    app.set({ hasMap: false, isList: true, notice: strings.noWebgl });
    console.warn(error);
    return null;
  }
}

/** Starts the viewer. Called by loader.js. @param place absolute address of the site's folder, or what hands out its files */
export async function start(manifestJson: unknown, place: string | FileSource): Promise<void> {
  const manifest = readManifest(manifestJson);
  const address = parseAddress(location.hash);
  const app = makeAppStore(manifest.homeLayout, rememberedTheme());
  // What lies in the page itself is never lost.
  const source = typeof place === 'string' ? new Connection(openFolder(place), app, () => {
    map?.retry();
    session?.retry();
  }).watched() : place;
  const site = new Site(source, manifest);
  const view = makeViewStore();
  const criteria = new Criteria(app, manifest.imageCount, manifest.gone);
  const facets = new Facets(site);
  const tellLost = (key: string, error: SiteError | null) => {
    app.set({ notice: error ? strings.fileTrouble(error.message) : strings.filters.lost(key.slice(key.indexOf(':') + 1)) });
  };
  new Filtering(app, facets, criteria, tellLost);
  let session: Session | null = null;
  const map = makeMap(site, app, view, (error) => session?.tell(error));
  const cells = new Cells(site.source, manifest);
  let insets: { now: Insets; home: Insets } = { now: insetsFor(1280, 800, false), home: insetsFor(1280, 800, false) };
  const resize = () => {
    const viewport = viewportNow();
    view.set({ viewport });
    map?.resize(viewport, insets.now, insets.home);
    if (app.get().isReady) void session?.rearrange();
  };
  const setInsets: Actions['setInsets'] = (now, home) => {
    insets = { now, home };
    map?.resize(viewportNow(), now, home);
  };
  const painting = new Painting(app, facets, () => getComputedStyle(document.documentElement).colorScheme === 'light', tellLost);
  const applyTheme = () => {
    const { theme } = app.get();
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    map?.setLook(readLook());
    void painting.paint();
  };
  const target = document.querySelector('#clipplot-app') ?? document.body;
  session = new Session(site, app, map ?? noMap);
  const choosing = new Choosing(app, site, facets, criteria, (error) => session?.tell(error));
  new Searching(app, site, criteria, (error) => session?.tell(error));
  applyTheme();
  matchMedia('(prefers-color-scheme: light)').addEventListener('change', applyTheme);
  const viewport = viewportNow();
  insets = { now: insetsFor(viewport.width, viewport.height, false), home: insetsFor(viewport.width, viewport.height, false) };
  window.addEventListener('resize', resize);
  resize();
  const context = { site, cells, app, view, criteria, facets, choosing, actions: session.actions(applyTheme, setInsets, choosing) };
  mount(App, { target, props: { context } });
  if (map) {
    publishDiagnostics(map, app);
    watchPreferences(map);
    await begin(site, session, map, app, address, choosing);
  } else await beginList(site, session, app, address);
  followHistory(app, manifest.homeLayout, (to) => session.travel(to));
}

async function begin(site: Site, session: Session, map: ImageMap, app: AppStore, address: ReturnType<typeof parseAddress>, choosing: Choosing): Promise<void> {
  const layout = session.layoutNamed(address.layout);
  app.set({ ...narrowingOf(address), ...lookingOf(address), ...overlaysOf(address), layout: layout.name, place: address.place, isRaw: address.isRaw, sizeFactor: address.sizeFactor });
  map.onFrame((drawn) => {
    if (drawn.points + drawn.thumbnails > 0) markOnce('first-dots');
    if (drawn.thumbnails > 0) markOnce('first-thumbnails');
  });
  map.onSettled(() => {
    markOnce('settled');
  });
  try {
    app.set({ veiled: await site.sensitive() }); // before anything is drawn
    await map.begin(layout, address.place);
  } catch (error) {
    app.set({ fatal: strings.fileTrouble(error instanceof SiteError ? error.message : String(error)) });
    return;
  }
  const canvas = document.querySelector<HTMLCanvasElement>('#clipplot-map');
  if (canvas) {
    canvas.classList.add('ready');
    const input = new Input(canvas, session.hand(map, choosing));
    map.onSettled(() => {
      input.rehover();
    });
  }
  markOnce('interactive');
  void session.showLabels(layout.name);
  if (address.image !== null) await session.openById(address.image, address.place ? 'stay' : 'fly');
  app.set({ isReady: true });
}

/** Where the browser cannot draw the map, the list shows the images. */
async function beginList(site: Site, session: Session, app: AppStore, address: ReturnType<typeof parseAddress>): Promise<void> {
  try {
    app.set({ veiled: await site.sensitive() });
  } catch (error) {
    app.set({ fatal: strings.fileTrouble(error instanceof SiteError ? error.message : String(error)) });
    return;
  }
  app.set({ ...narrowingOf(address), ...lookingOf(address), ...overlaysOf(address), isList: true });
  if (address.image !== null) await session.openById(address.image, 'stay');
  app.set({ isReady: true });
}
