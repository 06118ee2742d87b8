/** Tells its listeners in the order in which they came; one that ends its listening hears no more. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly on = (listener: (value: T) => void): { dispose(): void } => {
    // A listener of its own for each registration, so that the same function may be given twice.
    const registered = (value: T): void => listener(value);
    this.#listeners.add(registered);
    return { dispose: () => void this.#listeners.delete(registered) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(value);
  }
}
