/** The parameters of an endpoint that takes none in its URL: with ValidQuery any that is there is refused. */
export class NoParameters {}
