// What a frame is: everything that the renderer is told, and all that it tells back. Plain data.
import type { Camera, Viewport } from '../geometry/camera';
import type { Sizing } from '../geometry/sizes';

export type Rgb = readonly [number, number, number];

/** How an image is drawn: not at all, greyed out, as itself. */
export const HIDDEN = 0;
export const DIMMED = 1;
export const PLAIN = 2;
/** Added to a look: the image is among the chosen ones. */
export const CHOSEN = 4;

/** The pictures to draw as themselves, in drawing order: the last lies on top. */
export interface Thumbnails {
  readonly ranks: Uint32Array;
  /** For each, the index of the level wanted; the number of levels stands for the detail picture. */
  readonly levels: Uint8Array;
  readonly count: number;
  /** They are at least so large, whole CSS pixels. */
  readonly leastPx: number;
}

export interface Frame {
  readonly camera: Camera;
  readonly viewport: Viewport;
  readonly devicePixelRatio: number;
  /** 0: the layout one comes from; 1: the layout shown. */
  readonly mix: number;
  readonly sizing: { readonly from: Sizing; readonly to: Sizing };
  readonly thumbnails: Thumbnails;
  /** Whether to draw every image as a mark in its mean colour, below the thumbnails. */
  readonly drawsPoints: boolean;
  /** Whether images are marked in the colours of a facet. */
  readonly isColored: boolean;
  readonly hovered: number;
  readonly selected: number;
  readonly background: Rgb;
  readonly accent: Rgb;
  /** Milliseconds of a steady clock. */
  readonly now: number;
  readonly fadeMs: number;
}

export interface Drawn {
  /** Images drawn as marks in their mean colour alone. */
  readonly points: number;
  /** Images drawn with their picture. */
  readonly thumbnails: number;
  /** Whether pictures are still fading in, or wait for their upload. */
  readonly isBusy: boolean;
}

export const MAX_THUMBNAILS = 8192;
