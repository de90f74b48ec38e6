// The colours of the theme as numbers, for the renderer: the stylesheet is the one place that defines them.
import { readColor } from './data/coloring';
import type { Look } from './map/image_map';

export function readLook(): Look {
  const style = getComputedStyle(document.documentElement);
  return { background: readColor(style.getPropertyValue('--ground')), accent: readColor(style.getPropertyValue('--accent')) };
}
