// Counts what this window has asked for since it opened, and how much of it went anywhere but to its own address: the
// proof behind "Offline".

export interface RequestCount {
  total: number;
  outside: number;
}

const own = (address: string) => {
  const { protocol, origin } = new URL(address);
  return origin === location.origin || ['app:', 'weights:', 'blob:', 'data:'].includes(protocol);
};

/** Reports at once and with each further request. Returns the function that stops. */
export function countRequests(report: (count: RequestCount) => void): () => void {
  const count = { total: 0, outside: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      count.total++;
      if (!own(name)) count.outside++;
    }
    report({ ...count });
  });
  observer.observe({ type: 'resource', buffered: true });
  return () => observer.disconnect();
}
