using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The connection of a <see cref="ConnectionLoop"/>. It is closed before its replacement opens, since each loop counts as one connection
/// of the site. When the loop is abandoned, the connection is closed at once, in any state.
/// </summary>
internal sealed class HeldConnection : IAsyncDisposable
{
    private readonly CancellationToken _abandoned;
    private CancellationTokenRegistration _closing;
    private bool _isLeft;

    public HeldConnection(ConnectResult.Connected connected, CancellationToken abandoned)
    {
        _abandoned = abandoned;
        (Current, Address) = (connected.Connection, connected.Address);
        _closing = Closing(Current);
    }

    /// <summary>The connection; closed after <see cref="LeaveAsync"/>.</summary>
    public ISiteConnection Current { get; private set; }

    /// <summary>The host of the site; null where mail leaves over no network.</summary>
    public SiteAddress? Address { get; private set; }

    /// <summary>
    /// Whether it is the first connection, or as good as it. Another connection serves only its first job, since the next job is for the
    /// best host.
    /// </summary>
    public bool IsFirst { get; private set; } = true;

    /// <summary>Sends QUIT and closes the connection, unless already closed.</summary>
    public async ValueTask LeaveAsync()
    {
        if (_isLeft) return;
        _isLeft = true;
        IsFirst = false;
        await using (Current) await Current.QuitAsync();
        await _closing.DisposeAsync();
    }

    /// <summary>Replaces the connection, after the last connection was left.</summary>
    /// <param name="next">The connection.</param>
    /// <param name="isKept">Whether it is as good as the first one.</param>
    public void Replace(ConnectResult.Connected next, bool isKept = false)
    {
        if (!_isLeft) throw new InvalidOperationException($"the connection to {Current.RemoteHost} is still held");
        (Current, Address, _isLeft, IsFirst) = (next.Connection, next.Address, false, isKept);
        _closing = Closing(Current);
    }

    /// <summary>Closes the connection without QUIT, unless it was left.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLeft = true;
        await Current.DisposeAsync();
        await _closing.DisposeAsync();
    }

    private CancellationTokenRegistration Closing(ISiteConnection connection) =>
        _abandoned.Register(() => _ = connection.DisposeAsync().AsTask());
}
