// The address of a view: what is after the # . Pure. By image id, so that it survives a rebuild of the site.
import type { Camera, Viewport } from '../geometry/camera';
import { formatNarrowing, type Narrowing, parseNarrowing } from './filters_url';
import { formatOverlays, type Overlays, parseOverlays } from './overlays_url';
import { formatLooking, type Looking, parseLooking } from './search_url';

/** Where one looks: the world point in the middle, and the extent of the view's shorter side, world units. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly span: number;
  /** Number of the layout's spread in which this is meant, -1: its own positions; absent: the first spread, if any. */
  readonly spread?: number;
}

export interface Address extends Narrowing, Looking, Overlays {
  /** null: the home layout. */
  readonly layout: string | null;
  readonly place: Place | null;
  readonly image: string | null;
  /** Whether the layout's own positions are shown, though it has some with room for pictures. */
  readonly isRaw: boolean;
  /** By how much larger than usual pictures are. */
  readonly sizeFactor: number;
}

/** Bounds of `sizeFactor`. */
export const SMALLEST_FACTOR = 0.4;
export const LARGEST_FACTOR = 2.5;

export function formatAddress(address: Address): string {
  const parts: string[] = [];
  if (address.layout !== null) parts.push(`layout=${encodeURIComponent(address.layout)}`);
  if (address.place) {
    const { x, y, span } = address.place;
    const digits = Math.min(9, Math.max(2, Math.ceil(-Math.log10(span)) + 3));
    parts.push(`at=${[x.toFixed(digits), y.toFixed(digits), span.toPrecision(4)].map((t) => String(Number(t))).join(',')}`);
  }
  const spread = address.place?.spread ?? 0;
  if (address.isRaw) parts.push('positions=raw');
  else if (spread > 0) parts.push(`positions=${String(spread)}`);
  if (address.sizeFactor !== 1) parts.push(`size=${String(Number(address.sizeFactor.toFixed(2)))}`);
  if (address.image !== null) parts.push(`image=${encodeURIComponent(address.image)}`);
  parts.push(...formatNarrowing(address), ...formatLooking(address), ...formatOverlays(address));
  return parts.length > 0 ? `#${parts.join('&')}` : '';
}

/** Reads what it can and leaves out what it cannot: an address may be old, cut or made by hand. */
export function parseAddress(hash: string): Address {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const numbers = (parameters.get('at') ?? '').split(',').map((text) => (text === '' ? NaN : Number(text)));
  const [x, y, span] = numbers;
  const isPlace = numbers.length === 3 && numbers.every(Number.isFinite) && span > 0 && Math.abs(x) <= 10 && Math.abs(y) <= 10;
  const image = parameters.get('image');
  const positions = parameters.get('positions') ?? '';
  const isRaw = positions === 'raw';
  const spread = isRaw ? { spread: -1 } : /^\d$/.test(positions) ? { spread: Number(positions) } : {};
  const factor = Number(parameters.get('size') ?? 1);
  return {
    layout: parameters.get('layout'),
    place: isPlace ? { x, y, span, ...spread } : null,
    image: image !== null && /^[0-9A-Za-z._-]{1,80}$/.test(image) ? image : null,
    ...parseNarrowing(parameters),
    ...parseLooking(parameters),
    ...parseOverlays(parameters),
    isRaw,
    sizeFactor: Number.isFinite(factor) && factor > 0 ? Math.min(LARGEST_FACTOR, Math.max(SMALLEST_FACTOR, factor)) : 1,
  };
}

export function placeOf(camera: Camera, viewport: Viewport, spread: number): Place {
  return { x: camera.x, y: camera.y, span: Math.min(viewport.width, viewport.height) / camera.scale, spread };
}

export function cameraAt(place: Place, viewport: Viewport): Camera {
  return { x: place.x, y: place.y, scale: Math.min(viewport.width, viewport.height) / place.span };
}
