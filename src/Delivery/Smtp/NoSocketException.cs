namespace Postfleet.Delivery.Smtp;

/// <summary>
/// A connection was given up while it waited for a socket of this node (<see cref="Dialer.Slots"/>): the host was not asked, so this says
/// nothing about the host.
/// </summary>
internal sealed class NoSocketException(CancellationToken token) : OperationCanceledException("no socket of this node became free", token);
