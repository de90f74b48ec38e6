// loader.js: stands beside index.html under a name that never changes. Reads the manifest, and starts the
// viewer that it names. Small, and without knowledge of anything else in the site.

interface Shell {
  format?: { name?: unknown; major?: unknown };
  viewer?: { script?: unknown; style?: unknown };
  brand?: { style?: unknown } | null;
  columns?: Record<string, { path?: unknown } | undefined>;
  layouts?: { name?: unknown; positions?: unknown; tall?: { positions?: unknown } | null; spreads?: { positions?: unknown; aspect?: unknown }[] }[];
  home_layout?: unknown;
  boot?: { path?: unknown } | null;
}

const MAJOR = 1;

function say(message: string): void {
  const place = document.getElementById('clipplot-message');
  if (!place) return;
  place.textContent = message;
  place.hidden = false;
}

/** Asks for the first columns while the script is still on its way. */
function hint(manifest: Shell): void {
  const named = (name: unknown) => manifest.layouts?.find((layout) => layout.name === name && typeof layout.positions === 'string');
  const address = new URLSearchParams(location.hash.slice(1));
  const first = named(address.get('layout')) ?? named(manifest.home_layout);
  // The viewer chooses likewise, by what is free of the window.
  const misfit = (aspect: unknown) => Math.abs(Math.log((Number(aspect) * innerHeight) / innerWidth));
  const spreads = address.get('positions') === 'raw' ? [] : (first?.spreads ?? []);
  const tall = innerHeight > innerWidth ? first?.tall?.positions : undefined;
  const spread = [...spreads].sort((a, b) => misfit(a.aspect) - misfit(b.aspect))[0] as (typeof spreads)[number] | undefined;
  const pathOf = (name: unknown) => (typeof name === 'string' ? manifest.columns?.[name]?.path : undefined);
  const positions = pathOf(spread?.positions ?? tall ?? first?.positions);
  const boot = manifest.boot?.path;
  const isInBoot = first?.name === manifest.home_layout && !spread && tall === undefined;
  for (const path of typeof boot === 'string' ? [boot, isInBoot ? undefined : positions] : [pathOf('color'), pathOf('aspect'), positions]) {
    if (typeof path !== 'string') continue;
    const link = document.createElement('link');
    link.rel = 'preload';
    link.as = 'fetch';
    link.crossOrigin = 'anonymous';
    link.href = path;
    document.head.append(link);
  }
}

/** Adds a style sheet; resolves when it is there, or cannot be had. */
function addSheet(path: string): Promise<void> {
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = path;
  return new Promise((done) => {
    sheet.onload = sheet.onerror = () => {
      done();
    };
    document.head.append(sheet);
  });
}

async function boot(): Promise<void> {
  const response = await fetch('manifest.json').catch(() => null);
  if (!response?.ok) {
    const why = response ? `The server answered ${String(response.status)}.` : 'The server did not answer.';
    const local = location.protocol === 'file:' ? ' A page opened from a disk cannot read its files: serve the folder, for instance with “clipplot serve”.' : '';
    say(`manifest.json could not be read. ${why}${local}`);
    return;
  }
  const manifest = (await response.json().catch(() => null)) as Shell | null;
  const major = manifest?.format?.major;
  const { script, style } = manifest?.viewer ?? {};
  if (manifest?.format?.name !== 'clipplot-site' || typeof script !== 'string' || typeof style !== 'string') {
    say('manifest.json is not the manifest of a clipplot site.');
    return;
  }
  if (typeof major !== 'number' || major > MAJOR) {
    say(`This site has format version ${String(major)}; its page reads version ${String(MAJOR)}. Reload the page; if that does not help, publish the site again.`);
    return;
  }
  hint(manifest);
  // The site's own style comes after the viewer's, in this order whichever arrives first.
  const own = manifest.brand?.style;
  const styled = Promise.all([addSheet(style), typeof own === 'string' ? addSheet(own) : null]);
  const base = new URL('./', document.baseURI).href;
  const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
  let viewer: { start: (manifest: unknown, base: string) => Promise<void> };
  try {
    viewer = (await import(/* @vite-ignore */ new URL(script, base).href)) as typeof viewer;
  } catch (error) {
    say(`${script} could not be loaded. ${words(error)}`);
    return;
  }
  try {
    await styled;
    await viewer.start(manifest, base);
  } catch (error) {
    say(`This site cannot be shown. ${words(error)}`);
  }
}

void boot();
