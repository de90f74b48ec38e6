// What is sought, and whether it is shown as a list: their part of the address, `q=red%20apple&view=list&order=year`. Pure.

export interface Looking {
  readonly query: string;
  readonly isList: boolean;
  /** Empty: the usual one. */
  readonly listOrder: string;
}

const LONGEST = 300; // characters

export function lookingOf({ query, isList, listOrder }: Looking): Looking {
  return { query, isList, listOrder };
}

/** Whether going from one to the other is a step that one can go back from: typing on is not. */
export function isLookingStep(a: Looking, b: Looking): boolean {
  return (a.query.trim() === '') !== (b.query.trim() === '') || a.isList !== b.isList;
}

export function isLookingMove(a: Looking, b: Looking): boolean {
  return a.query !== b.query || a.listOrder !== b.listOrder;
}

export function formatLooking({ query, isList, listOrder }: Looking): string[] {
  const parts: string[] = [];
  if (query.trim() !== '') parts.push(`q=${encodeURIComponent(query.trim())}`);
  if (isList) parts.push('view=list');
  if (isList && listOrder !== '') parts.push(`order=${encodeURIComponent(listOrder)}`);
  return parts;
}

export function parseLooking(parameters: URLSearchParams): Looking {
  return {
    query: (parameters.get('q') ?? '').slice(0, LONGEST),
    isList: parameters.get('view') === 'list',
    listOrder: (parameters.get('order') ?? '').slice(0, LONGEST),
  };
}
