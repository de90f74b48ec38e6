// A change of layout under way: from where to where, since when, and whom to draw as pictures on the way.
import type { Camera } from '../geometry/camera';
import { sortByPriority } from '../geometry/priority';
import type { Sizing } from '../geometry/sizes';
import { MAX_THUMBNAILS } from '../render/frame';
import { dimmedFirst } from './looks';
import type { Scene } from './scene';
import type { Stage } from './stage';
import { findVisible } from './visible';

export const CHANGE_MS = 950;

export interface Change {
  readonly from: Scene;
  readonly sizingFrom: Sizing;
  readonly sizingTo: Sizing;
  /** Milliseconds, of the clock of frames. */
  readonly start: number;
  /** Whom to draw as pictures on the way: those in view at its beginning or its end. */
  readonly ranks: Uint32Array;
}

/** What has to be known before the stage has its new scene: call it first, and what it returns afterwards. */
export function prepareChange(stage: Stage, camera: Camera, now: number): (end: Camera) => Change {
  const from = stage.scene;
  const sizingFrom = stage.sizing(camera);
  const before = findVisible(from, camera, stage.viewport, sizingFrom, MAX_THUMBNAILS, stage.looks).ranks;
  return (end) => {
    const sizingTo = stage.sizing(end);
    const after = findVisible(stage.scene, end, stage.viewport, sizingTo, MAX_THUMBNAILS, stage.looks).ranks;
    const ranks = dimmedFirst(sortByPriority(Uint32Array.from(new Set([...before, ...after]))), stage.looks);
    return { from, sizingFrom, sizingTo, start: now, ranks: ranks.subarray(Math.max(0, ranks.length - MAX_THUMBNAILS)) };
  };
}

/** How far a change has come at a time, from 0 to 1; 1 where there is none. */
export function progressOf(change: Change | null, now: number): number {
  return change ? Math.min(1, Math.max(0, (now - change.start) / CHANGE_MS)) : 1;
}
