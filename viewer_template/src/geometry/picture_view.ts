// Looking closely at one picture: how it lies in its window when it is enlarged and moved. Pure. CSS pixels; the
// middle of the window is 0, 0.

export interface PictureView {
  /** By how much larger than the whole picture in its window: 1 is all of it. */
  readonly zoom: number;
  /** Where the middle of the picture lies. */
  readonly x: number;
  readonly y: number;
}

export interface Frame {
  /** Of the window, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Of the picture, its own pixels. */
  readonly pictureWidth: number;
  readonly pictureHeight: number;
}

export const WHOLE: PictureView = { zoom: 1, x: 0, y: 0 };
/** One pixel of the picture is at most so many CSS pixels wide. */
const LARGEST_PIXEL = 6;
const LEAST_RANGE = 3;

export function isWhole(view: PictureView): boolean {
  return view.zoom <= 1.001; // where many steps have led back
}

/** Size at zoom 1: all of it in sight, small pictures at most twice as large as they are. */
export function fittedSize({ width, height, pictureWidth, pictureHeight }: Frame): { width: number; height: number } {
  const scale = Math.min(width / pictureWidth, height / pictureHeight, 2);
  return { width: pictureWidth * scale, height: pictureHeight * scale };
}

export function largestZoom(frame: Frame): number {
  return Math.max(LEAST_RANGE, (LARGEST_PIXEL * frame.pictureWidth) / Math.max(1, fittedSize(frame).width));
}

/** The nearest view that leaves no needless gap: a side that fits is in the middle, one that does not reaches the edges. */
export function holdView(view: PictureView, frame: Frame): PictureView {
  const zoom = Math.min(largestZoom(frame), Math.max(1, view.zoom));
  const fitted = fittedSize(frame);
  const reach = (size: number, room: number) => Math.max(0, (size * zoom - room) / 2);
  const hold = (value: number, limit: number) => (limit === 0 ? 0 : Math.min(limit, Math.max(-limit, value)));
  return { zoom, x: hold(view.x, reach(fitted.width, frame.width)), y: hold(view.y, reach(fitted.height, frame.height)) };
}

/** Enlarges about a point of the window, which keeps what lies under it. */
export function zoomAt(view: PictureView, factor: number, x: number, y: number, frame: Frame): PictureView {
  const zoom = Math.min(largestZoom(frame), Math.max(1, view.zoom * factor));
  const ratio = zoom / view.zoom;
  return holdView({ zoom, x: x + (view.x - x) * ratio, y: y + (view.y - y) * ratio }, frame);
}

export function moveBy(view: PictureView, dx: number, dy: number, frame: Frame): PictureView {
  return holdView({ ...view, x: view.x + dx, y: view.y + dy }, frame);
}
