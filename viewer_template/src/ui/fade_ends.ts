// A row that is scrolled sideways fades at the ends behind which it goes on.
const FADE = '2.25rem';

/** To attach to the row. @returns what takes it off again */
export function fadeEnds(row: HTMLElement): () => void {
  const measure = () => {
    const { scrollLeft, clientWidth, scrollWidth } = row;
    const gone = Math.abs(scrollLeft); // below 0 where one reads from the right
    const [left, right] = [gone > 2 ? FADE : '0px', gone + clientWidth < scrollWidth - 2 ? FADE : '0px'];
    row.style.maskImage = left === right && left === '0px' ? '' : `linear-gradient(to right, transparent, #000 ${left}, #000 calc(100% - ${right}), transparent)`;
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(row);
  row.addEventListener('scroll', measure, { passive: true });
  return () => {
    watcher.disconnect();
    row.removeEventListener('scroll', measure);
  };
}
