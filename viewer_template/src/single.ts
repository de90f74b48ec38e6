// single.js: starts the viewer in a map that is one file, and opens by itself from a disk. All of its code and every file of
// the site stand in the page; nothing is ever asked for. Built by vite.single.config.ts, put together by `clipplot export`.
import { mount, unmount } from 'svelte';
import { openEmbedded } from './data/embedded';
import { start } from './main';
import AboutSheet from './ui/AboutSheet.svelte';

/** The address of the About page: shown in the page itself. */
const ABOUT = '#about';

interface Block {
  readonly name: string;
  readonly manifest: { about?: unknown };
}

function say(message: string): void {
  const place = document.getElementById('clipplot-message');
  if (!place) return;
  place.textContent = message;
  place.hidden = false;
}

function textOf(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

function showAbout(page: string): void {
  const from = document.activeElement;
  const sheet = mount(AboutSheet, {
    target: document.body,
    props: {
      page,
      onclose: () => {
        void unmount(sheet);
        if (from instanceof HTMLElement) from.focus();
      },
    },
  });
}

async function open(): Promise<void> {
  const { name, manifest } = JSON.parse(textOf('clipplot-manifest')) as Block;
  const files = openEmbedded(name, (path) => {
    const place = document.getElementById(`file:${path}`);
    return place && { text: place.textContent, isPacked: place.hasAttribute('data-packed') };
  });
  const about = typeof manifest.about === 'string' ? manifest.about : null;
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (about === null || link?.getAttribute('href') !== ABOUT) return;
    event.preventDefault(); // the address is the view's
    files.bytes(about).then(
      (page) => {
        showAbout(new TextDecoder().decode(page));
      },
      (error: unknown) => {
        console.warn(error);
      },
    );
  });
  await start(manifest, { ...files, url: (path) => (path === about ? ABOUT : files.url(path)) });
}

document.getElementById('clipplot-opening')?.remove();
open().catch((error: unknown) => {
  say(`This map cannot be shown. ${error instanceof Error ? error.message : String(error)}`);
});
