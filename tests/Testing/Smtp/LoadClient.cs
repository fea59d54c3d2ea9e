using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// Sends mail over many sessions at once and knows which messages got their 250 after DATA: those are the ones that a server
/// may not lose, whatever happens to it. A session whose connection breaks ends; it does not send its message again.
/// </summary>
public sealed class LoadClient(LoadPlan plan)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _acknowledged = new();
    private readonly ConcurrentDictionary<int, int> _refusals = new();
    private readonly ConcurrentBag<TimeSpan> _latencies = [];
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _next;
    private int _acknowledgedCount;
    private int _broken;
    private int _mark = int.MaxValue;

    /// <summary>The ids that got a 250 after DATA, with their recipients.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Acknowledged => _acknowledged;

    /// <summary>How many negative replies came, by code.</summary>
    public IReadOnlyDictionary<int, int> Refusals => _refusals;

    /// <summary>How many sessions ended with a broken connection.</summary>
    public int BrokenSessions => Volatile.Read(ref _broken);

    /// <summary>The id of message n, as its Message-Id header has it.</summary>
    public string Id(int n) => $"<{plan.IdPrefix}.{n}@load.test>";

    /// <summary>Ends when so many messages have been acknowledged. Ask before <see cref="RunAsync"/>.</summary>
    public Task ReachedAsync(int acknowledged)
    {
        _mark = acknowledged;
        return _reached.Task;
    }

    /// <summary>Sends everything; ends when all is sent or every session is broken.</summary>
    public Task RunAsync(CancellationToken cancellation = default) =>
        Task.WhenAll(Enumerable.Range(0, plan.Sessions).Select(_ => Task.Run(() => SessionAsync(cancellation), cancellation)));

    /// <summary>The time from MAIL to the 250 after DATA that a share of all messages did not exceed.</summary>
    /// <param name="share">For example 0.99.</param>
    public TimeSpan Latency(double share)
    {
        var sorted = _latencies.Order().ToArray();
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    private async Task SessionAsync(CancellationToken cancellation)
    {
        try
        {
            using var client = await SmtpClientLite.ConnectAsync(plan.Server, cancellation);
            await client.CommandAsync("EHLO load.test", cancellation);
            for (var n = Interlocked.Increment(ref _next) - 1; n < plan.Messages; n = Interlocked.Increment(ref _next) - 1)
            {
                var recipients = plan.Recipients(n);
                var clock = Stopwatch.GetTimestamp();
                var reply = await client.SendMessageAsync(plan.Sender, recipients, Content(n), cancellation: cancellation);
                if (reply.Code == 250)
                {
                    _latencies.Add(Stopwatch.GetElapsedTime(clock));
                    Acknowledge(Id(n), recipients);
                }
                else
                {
                    _refusals.AddOrUpdate(reply.Code, 1, (_, count) => count + 1);
                }
            }

            await client.CommandAsync("QUIT", cancellation);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            Interlocked.Increment(ref _broken);
        }
    }

    private void Acknowledge(string id, IReadOnlyList<string> recipients)
    {
        _acknowledged[id] = recipients;
        if (Interlocked.Increment(ref _acknowledgedCount) >= Volatile.Read(ref _mark))
        {
            _reached.TrySetResult();
        }
    }

    private byte[] Content(int n)
    {
        var content = new StringBuilder(plan.Octets + 80)
            .Append("From: <").Append(plan.Sender).Append(">\r\nSubject: load\r\nMessage-Id: ").Append(Id(n)).Append("\r\n\r\n");
        while (content.Length < plan.Octets)
        {
            content.Append('x', Math.Clamp(plan.Octets - content.Length - 2, 1, 76)).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(content.ToString());
    }
}
