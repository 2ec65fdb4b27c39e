/** Notifications that the service or this client has dropped: the first and the last `seq` of them. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}
