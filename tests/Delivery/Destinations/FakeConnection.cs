using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>A connection with a behaviour for each message set by the test.</summary>
internal sealed class FakeConnection(string host, Func<SpooledPart, RecipientSet, FinalDotGuard, ValueTask<SendResult>>? send = null)
    : ISiteConnection
{
    private bool _isClosed;

    public string RemoteHost => host;

    public string Tls => "none";

    public AttemptDetails Details { get; init; } = AttemptDetails.Local;

    public bool IsUsable { get; set; } = true;

    public int Messages { get; private set; }

    public bool HasQuit { get; private set; }

    /// <summary>Holds QUIT up until it ends.</summary>
    public Task Quitting { get; set; } = Task.CompletedTask;

    public Action Closed { get; set; } = () => { };

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard, bool isNameProven = false)
    {
        Messages++;
        return await (send ?? throw new InvalidOperationException("this connection is not sent on"))(part, open, guard);
    }

    public async ValueTask QuitAsync()
    {
        HasQuit = true;
        await Quitting;
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true)) return default;
        Closed();
        return default;
    }
}
