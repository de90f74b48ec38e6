// The address of a view: what is after the # . Pure. By image id, so that it survives a rebuild of the site.
import type { Camera, Viewport } from '../geometry/camera';

/** Where one looks: the world point in the middle, and the extent of the view's shorter side, world units. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly span: number;
}

export interface Address {
  /** null: the home layout. */
  readonly layout: string | null;
  readonly place: Place | null;
  readonly image: string | null;
}

export function formatAddress(address: Address): string {
  const parts: string[] = [];
  if (address.layout !== null) parts.push(`layout=${encodeURIComponent(address.layout)}`);
  if (address.place) {
    const { x, y, span } = address.place;
    const digits = Math.min(9, Math.max(2, Math.ceil(-Math.log10(span)) + 3));
    parts.push(`at=${[x.toFixed(digits), y.toFixed(digits), span.toPrecision(4)].map((t) => String(Number(t))).join(',')}`);
  }
  if (address.image !== null) parts.push(`image=${encodeURIComponent(address.image)}`);
  return parts.length > 0 ? `#${parts.join('&')}` : '';
}

/** Reads what it can and leaves out what it cannot: an address may be old, cut or made by hand. */
export function parseAddress(hash: string): Address {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const numbers = (parameters.get('at') ?? '').split(',').map((text) => (text === '' ? NaN : Number(text)));
  const [x, y, span] = numbers;
  const isPlace = numbers.length === 3 && numbers.every(Number.isFinite) && span > 0 && Math.abs(x) <= 10 && Math.abs(y) <= 10;
  const image = parameters.get('image');
  return {
    layout: parameters.get('layout'),
    place: isPlace ? { x, y, span } : null,
    image: image !== null && /^[0-9A-Za-z._-]{1,80}$/.test(image) ? image : null,
  };
}

export function placeOf(camera: Camera, viewport: Viewport): Place {
  return { x: camera.x, y: camera.y, span: Math.min(viewport.width, viewport.height) / camera.scale };
}

export function cameraAt(place: Place, viewport: Viewport): Camera {
  return { x: place.x, y: place.y, scale: Math.min(viewport.width, viewport.height) / place.span };
}
