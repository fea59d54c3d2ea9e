using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The one connection that a loop has at a time. Another takes its place only after it is closed, since each loop counts as one connection
/// of the site. When the loop is abandoned the connection is closed at once, whatever it does.
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

    /// <summary>Which host of the site it leads to; null where it leads to none.</summary>
    public SiteAddress? Address { get; private set; }

    /// <summary>
    /// Whether it is still the first one. A later one serves the job that it was opened for alone, since the next job is for the best host.
    /// </summary>
    public bool IsFirst { get; private set; } = true;

    /// <summary>Says goodbye to the host, and closes the connection. Does nothing when that is done.</summary>
    public async ValueTask LeaveAsync()
    {
        if (_isLeft) return;
        _isLeft = true;
        IsFirst = false;
        await using (Current) await Current.QuitAsync();
        await _closing.DisposeAsync();
    }

    /// <summary>Replaces the connection, after the last one was left.</summary>
    public void Replace(ConnectResult.Connected next)
    {
        if (!_isLeft) throw new InvalidOperationException($"the connection to {Current.RemoteHost} is still held");
        (Current, Address, _isLeft) = (next.Connection, next.Address, false);
        _closing = Closing(Current);
    }

    /// <summary>Closes it without a word, unless it was left.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLeft = true;
        await Current.DisposeAsync();
        await _closing.DisposeAsync();
    }

    private CancellationTokenRegistration Closing(ISiteConnection connection) =>
        _abandoned.Register(() => _ = connection.DisposeAsync().AsTask());
}
