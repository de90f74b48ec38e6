// What lies over the map: their part of the address, `time=year&contours=yes`. Pure.

export interface Overlays {
  /** Key of the facet that the bar of time shows; null: there is no bar. */
  readonly timeBy: string | null;
  /** Whether lines show how densely images lie. */
  readonly hasContours: boolean;
}

const LONGEST = 300; // characters

export function overlaysOf({ timeBy, hasContours }: Overlays): Overlays {
  return { timeBy, hasContours };
}

export function isOverlayMove(a: Overlays, b: Overlays): boolean {
  return a.timeBy !== b.timeBy || a.hasContours !== b.hasContours;
}

export function formatOverlays({ timeBy, hasContours }: Overlays): string[] {
  const parts: string[] = [];
  if (timeBy !== null) parts.push(`time=${encodeURIComponent(timeBy.replace(/^field:/, ''))}`);
  if (hasContours) parts.push('contours=yes');
  return parts;
}

export function parseOverlays(parameters: URLSearchParams): Overlays {
  const time = (parameters.get('time') ?? '').slice(0, LONGEST);
  return { timeBy: time === '' ? null : `field:${time}`, hasContours: parameters.get('contours') === 'yes' };
}
