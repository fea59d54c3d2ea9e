using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// Sends mail over many sessions at once and records the messages accepted with a 250 after DATA, which a server must not lose. A session
/// ends when its connection breaks, and its message is not sent again.
/// </summary>
public sealed class LoadClient(LoadPlan plan)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _acknowledged = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _next;
    private int _acknowledgedCount;
    private int _mark = int.MaxValue;

    /// <summary>The ids accepted with a 250 after DATA, with their recipients.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Acknowledged => _acknowledged;

    /// <summary>The id of message n, which is also its Message-Id header.</summary>
    public string Id(int n) => $"<{plan.IdPrefix}.{n}@load.test>";

    /// <summary>Ends when a number of messages have been acknowledged. It must be called before <see cref="RunAsync"/>.</summary>
    public Task ReachedAsync(int acknowledged)
    {
        _mark = acknowledged;
        return _reached.Task;
    }

    /// <summary>Sends all messages; ends when all are sent or all sessions are broken.</summary>
    public Task RunAsync(CancellationToken cancellation = default) =>
        Task.WhenAll(Enumerable.Range(0, plan.Sessions).Select(_ => Task.Run(() => SessionAsync(cancellation), cancellation)));

    private async Task SessionAsync(CancellationToken cancellation)
    {
        try
        {
            using var client = await SmtpClientLite.ConnectAsync(plan.Server, cancellation);
            await client.CommandAsync("EHLO load.test", cancellation);
            for (var n = Interlocked.Increment(ref _next) - 1; n < plan.Messages; n = Interlocked.Increment(ref _next) - 1)
            {
                var recipients = plan.Recipients(n);
                var content = LoadMessage.Create(plan.Sender, Id(n), plan.Octets);
                var reply = await client.SendMessageAsync(plan.Sender, recipients, content, cancellation: cancellation);
                if (reply.Code == 250) Acknowledge(Id(n), recipients);
            }

            await client.CommandAsync("QUIT", cancellation);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            // The server has closed the connection or was killed.
        }
    }

    private void Acknowledge(string id, IReadOnlyList<string> recipients)
    {
        _acknowledged[id] = recipients;
        if (Interlocked.Increment(ref _acknowledgedCount) >= Volatile.Read(ref _mark)) _reached.TrySetResult();
    }
}
