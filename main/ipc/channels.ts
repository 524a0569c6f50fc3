// The names of the two IPC channels: one for requests, which are named in their arguments, one for events.
export const requestChannel = 'conclave:request';
export const eventChannel = 'conclave:event';
