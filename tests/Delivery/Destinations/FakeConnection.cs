using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>A connection that does with each message what the test says.</summary>
internal sealed class FakeConnection(string host, Func<SpooledPart, RecipientSet, ValueTask<SendResult>>? send = null) : ISiteConnection
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string RemoteHost => host;

    public bool IsUsable { get; set; } = true;

    public int Messages { get; private set; }

    public bool HasQuit { get; private set; }

    /// <summary>Holds QUIT up until it ends.</summary>
    public Task Quitting { get; set; } = Task.CompletedTask;

    public Task Closed => _closed.Task;

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, CancellationToken cancellationToken)
    {
        Messages++;
        return await (send ?? throw new InvalidOperationException("this connection is not sent on"))(part, open);
    }

    public async ValueTask QuitAsync()
    {
        HasQuit = true;
        await Quitting;
    }

    public ValueTask DisposeAsync()
    {
        _closed.TrySetResult();
        return default;
    }
}
