using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// Sends mail over many sessions, at a steady rate or as fast as the servers accept it. A session behaves like a mail server: a refused
/// message goes to the next server, and is tried again after a pause when all servers have refused it. Each 250 after DATA is recorded with
/// its time. A message with an unknown outcome, because the connection broke after its final dot, is not sent again, so that the load never
/// causes a duplicate.
/// </summary>
public sealed class LoadClient : IAsyncDisposable
{
    private const int MaxFailures = 100_000;
    private const int Pause = 100;

    private readonly LoadPlan _plan;
    private readonly ConcurrentDictionary<string, Acknowledgement> _acknowledged = new();
    private readonly ConcurrentQueue<LoadFailure> _failures = new();
    private readonly ConcurrentQueue<DateTimeOffset> _unserved = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _running;
    private int _next;

    private LoadClient(LoadPlan plan)
    {
        _plan = plan;
        _running = Task.WhenAll(Enumerable.Range(0, plan.Sessions).Select(i => Task.Run(() => RunAsync(i))));
    }

    /// <summary>The messages accepted with a 250.</summary>
    public IReadOnlyDictionary<string, Acknowledgement> Acknowledged => _acknowledged;

    /// <summary>All failures in the order of time.</summary>
    public IReadOnlyCollection<LoadFailure> Failures => _failures;

    /// <summary>The times at which a client was refused by all servers and by the first server once more.</summary>
    public IReadOnlyCollection<DateTimeOffset> Unserved => _unserved;

    /// <summary>Ends when all messages have been sent, or after <see cref="StopAsync"/>.</summary>
    public Task Finished => _running;

    /// <summary>Starts to send.</summary>
    public static LoadClient Start(LoadPlan plan) => new(plan);

    /// <summary>Waits for a total number of acknowledged messages.</summary>
    public Task ReachedAsync(int acknowledged, TimeSpan timeout) => Eventually.True(
        () => Task.FromResult(_acknowledged.Count >= acknowledged),
        timeout,
        () => $"{_acknowledged.Count} of {acknowledged} messages acknowledged; last failures: {string.Join(", ", _failures.TakeLast(5))}");

    /// <summary>Begins no further message and waits for the messages in progress.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>The failures of a server since a time.</summary>
    public IReadOnlyList<LoadFailure> FailuresOf(int server, DateTimeOffset since) =>
        [.. _failures.Where(failure => failure.Server == server && failure.At >= since)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(int session)
    {
        var clients = new LoadConnection?[_plan.Servers.Count];
        try
        {
            for (var n = Interlocked.Increment(ref _next) - 1; n < _plan.Messages; n = Interlocked.Increment(ref _next) - 1)
            {
                await DueAsync(n);
                await SendAsync(clients, session, n);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            foreach (var client in clients)
            {
                client?.Dispose();
            }
        }
    }

    private async Task DueAsync(int n)
    {
        var early = TimeSpan.FromSeconds(n / _plan.Rate) - Stopwatch.GetElapsedTime(_started);
        await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, _stop.Token);
        _stop.Token.ThrowIfCancellationRequested();
    }

    // Until a server has accepted the message or the outcome is unknown.
    private async Task SendAsync(LoadConnection?[] clients, int session, int n)
    {
        var recipients = _plan.Recipients(n);
        var id = $"<{_plan.IdPrefix}.{n}@load.test>";
        var content = LoadMessage.Create(_plan.Sender, id, _plan.Octets);
        while (true)
        {
            // The first server is tried again after the last, because it may have opened in between.
            var refused = 0;
            for (var i = 0; i < clients.Length || (i == clients.Length && refused == i); i++)
            {
                var server = (session + n + i) % clients.Length;
                var result = await TryAsync(clients, server, id, recipients, content);
                if (result is null or LoadFailureKind.InDoubt)
                {
                    return;
                }

                refused += result is LoadFailureKind.Reply ? 0 : 1;
            }

            if (refused > clients.Length)
            {
                _unserved.Enqueue(DateTimeOffset.UtcNow);
            }

            await Task.Delay(Pause, _stop.Token);
        }
    }

    // Null when the message was accepted.
    private async Task<LoadFailureKind?> TryAsync(
        LoadConnection?[] clients, int server, string id, IReadOnlyList<string> recipients, byte[] content)
    {
        var client = clients[server];
        // A failure on an existing connection may come from a restart and says nothing about the current process.
        var isKept = client is not null;
        try
        {
            client = clients[server] ??= await LoadConnection.ConnectAsync(_plan.Servers[server], _plan);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException)
        {
            return Fail(server, LoadFailureKind.Refused, e.Message);
        }

        try
        {
            var begun = Stopwatch.GetTimestamp();
            // A stop does not cancel a transaction, because its outcome has to be known.
            var reply = client.Refusal ?? await client.SendAsync(_plan.Sender, recipients, content);
            if (reply.Code == 250)
            {
                _acknowledged[id] = new Acknowledgement(id, recipients, DateTimeOffset.UtcNow, server, Stopwatch.GetElapsedTime(begun));
            }

            if (reply.Code == 421 || client.Refusal is not null || client.Sent >= _plan.MessagesPerConnection)
            {
                Close(clients, server);
            }

            if (reply.Code == 250)
            {
                return null;
            }

            var kind = Fail(server, reply.Code == 421 ? LoadFailureKind.Closing : LoadFailureKind.Reply, $"{reply.Code} {reply.Text}");
            return isKept && kind is LoadFailureKind.Closing ? await TryAsync(clients, server, id, recipients, content) : kind;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException)
        {
            Close(clients, server);
            var kind = Fail(server, client.IsInDoubt ? LoadFailureKind.InDoubt : LoadFailureKind.Dropped, e.Message);
            return isKept && kind is LoadFailureKind.Dropped ? await TryAsync(clients, server, id, recipients, content) : kind;
        }
    }

    private LoadFailureKind Fail(int server, LoadFailureKind kind, string detail)
    {
        if (_failures.Count < MaxFailures)
        {
            _failures.Enqueue(new LoadFailure(DateTimeOffset.UtcNow, server, kind, detail));
        }

        return kind;
    }

    private static void Close(LoadConnection?[] clients, int server)
    {
        clients[server]?.Dispose();
        clients[server] = null;
    }
}
