// What a person chose at an earlier visit; nothing where the browser keeps nothing.

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`clipplot-${name}`);
  } catch {
    return null; // storage may be forbidden
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`clipplot-${name}`, value);
  } catch {
    // then it is forgotten
  }
}
