// The colours of the theme as numbers, for the renderer: the stylesheet is the one place that defines them.
import { readColor } from './data/coloring';
import type { Look } from './map/image_map';

export function readLook(): Look {
  const style = getComputedStyle(document.documentElement);
  return { background: readColor(style.getPropertyValue('--ground')), accent: readColor(style.getPropertyValue('--accent')) };
}

/** @param text #rrggbb */
export function readColor(text: string): [number, number, number] {
  const match = /^\s*#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\s*$/i.exec(text);
  if (!match) return [0.5, 0.5, 0.5];
  return [parseInt(match[1], 16) / 255, parseInt(match[2], 16) / 255, parseInt(match[3], 16) / 255];
}
