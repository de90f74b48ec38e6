// What stands for the map where the browser cannot draw one: it does nothing, and the list shows the images.
import type { ImageMap } from './image_map';
import type { Travel } from './travel';

/** What a session asks of the map, apart from what hands do to it. */
export type Shown = Pick<
  ImageMap,
  'arrangeLabels' | 'spread' | 'isWellArranged' | 'showLayout' | 'wake' | 'ranksInView' | 'nearestToMiddle'
> & { readonly travel: Pick<Travel, 'flyTo' | 'keepInSight' | 'goTo' | 'fit' | 'zoomBy' | 'lookAt'> };

const nothing = () => undefined;

export const noMap: Shown = {
  arrangeLabels: (_, labels) => Promise.resolve([...labels]),
  spread: -1,
  isWellArranged: true,
  showLayout: () => Promise.resolve(),
  travel: { flyTo: nothing, keepInSight: nothing, goTo: nothing, fit: nothing, zoomBy: nothing, lookAt: nothing },
  wake: nothing,
  ranksInView: () => null,
  nearestToMiddle: () => -1,
};
