// What stands for the map where the browser cannot draw one: it does nothing, and the list shows the images.
import type { ImageMap } from './image_map';

/** What a session asks of the map, apart from what hands do to it. */
export type Shown = Pick<
  ImageMap,
  'arrangeLabels' | 'spread' | 'isWellArranged' | 'showLayout' | 'flyTo' | 'keepInSight' | 'wake' | 'goTo' | 'fit' | 'zoomBy' | 'lookAt' | 'ranksInView' | 'nearestToMiddle'
>;

const nothing = () => undefined;

export const noMap: Shown = {
  arrangeLabels: (_, labels) => Promise.resolve([...labels]),
  spread: -1,
  isWellArranged: true,
  showLayout: () => Promise.resolve(),
  flyTo: nothing,
  keepInSight: nothing,
  wake: nothing,
  goTo: nothing,
  fit: nothing,
  zoomBy: nothing,
  lookAt: nothing,
  ranksInView: () => null,
  nearestToMiddle: () => -1,
};
