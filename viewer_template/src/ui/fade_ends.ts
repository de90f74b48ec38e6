// A row that is scrolled sideways fades at the ends behind which it goes on.
const FADE = '2.25rem';

/** To attach to the row. @returns what takes it off again */
export function fadeEnds(row: HTMLElement): () => void {
  const measure = () => {
    const { scrollLeft, clientWidth, scrollWidth } = row;
    const [goesLeft, goesRight] = [scrollLeft > 2, scrollLeft + clientWidth < scrollWidth - 2];
    const [left, right] = [goesLeft ? FADE : '0px', goesRight ? FADE : '0px'];
    row.style.maskImage = !goesLeft && !goesRight ? '' : `linear-gradient(to right, transparent, #000 ${left}, #000 calc(100% - ${right}), transparent)`;
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(row);
  row.addEventListener('scroll', measure, { passive: true });
  return () => {
    watcher.disconnect();
    row.removeEventListener('scroll', measure);
  };
}
