using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// Clients of a Service at a steady rate. A new connection goes to one of the endpoints at random, as the proxies of Kubernetes do; a
/// refused connection is a failure, since a client of the Service has no other address to try. Half of the clients use a connection for one
/// message; the others keep it for many, and open a new one when the server has closed it between messages (RFC 5321 section 3.8). A
/// message whose outcome is unknown is not sent again.
/// </summary>
internal sealed class ServiceLoad : IAsyncDisposable
{
    private const int Clients = 16, Octets = 2048;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static int _loads;

    private readonly SmtpService _service;
    private readonly Func<int, string> _recipient;
    private readonly double _rate;
    private readonly string _prefix = $"roll{Interlocked.Increment(ref _loads)}";
    private readonly ConcurrentDictionary<string, Acknowledgement> _acknowledged = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _running;
    private int _next, _closed;

    /// <summary>Starts to send.</summary>
    public ServiceLoad(SmtpService service, double rate, Func<int, string> recipient)
    {
        (_service, _rate, _recipient) = (service, rate, recipient);
        _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => RunAsync(isKept: i % 2 == 0))));
    }

    /// <summary>The messages with a 250 after their content, by id.</summary>
    public IReadOnlyDictionary<string, Acknowledgement> Acknowledged => _acknowledged;

    /// <summary>Failures that a client sees of a server which leaves in order should not have.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Kept connections that a server closed between messages.</summary>
    public int Closed => Volatile.Read(ref _closed);

    /// <summary>Waits for a number of further acknowledged messages.</summary>
    public Task FurtherAsync(int messages)
    {
        var wanted = _acknowledged.Count + messages;
        return Eventually.True(
            () => Task.FromResult(_acknowledged.Count >= wanted), Limit,
            () => $"{_acknowledged.Count} of {wanted} messages acknowledged, {string.Join(", ", _failures.TakeLast(3))}");
    }

    /// <summary>Ends after the messages in progress.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(bool isKept)
    {
        SmtpClientLite? kept = null;
        try
        {
            while (true)
            {
                var n = Interlocked.Increment(ref _next) - 1;
                var early = TimeSpan.FromSeconds(n / _rate) - Stopwatch.GetElapsedTime(_started);
                await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, _stop.Token);
                _stop.Token.ThrowIfCancellationRequested();
                kept = await SendAsync(kept, n);
                if (!isKept || n % 64 == 0) kept = await QuitAsync(kept);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            kept?.Dispose();
        }
    }

    // The connection for the next message; null for a new one.
    private async Task<SmtpClientLite?> SendAsync(SmtpClientLite? client, int n)
    {
        var (id, to) = ($"<{_prefix}.{n.ToString(CultureInfo.InvariantCulture)}@load.test>", _recipient(n));
        while (true)
        {
            var isNew = client is null;
            client ??= await ConnectAsync();
            if (client is null)
            {
                await Task.Delay(100, CancellationToken.None);
                if (_stop.IsCancellationRequested) return null;
                continue;
            }

            var stage = "MAIL";
            var endpoint = client.Server;
            try
            {
                using var limit = new CancellationTokenSource(Limit);
                foreach (var command in (string[])["MAIL FROM:<sender@load.test>", $"RCPT TO:<{to}>", "DATA"])
                {
                    stage = command.Split(' ')[0];
                    var reply = await client.CommandAsync(command, limit.Token);
                    if (reply.IsPositive) continue;
                    if (reply.Code != 421 || isNew || stage != "MAIL") throw new RefusedException(reply);
                    Interlocked.Increment(ref _closed);
                    stage = "";
                    break;
                }

                if (stage.Length > 0)
                {
                    stage = "content";
                    var begun = Stopwatch.GetTimestamp();
                    await client.SendAsync(DotUnstuffer.Stuff(Content(id)), limit.Token);
                    var end = await client.ReadReplyAsync(limit.Token);
                    if (end.Code != 250) throw new RefusedException(end);
                    _acknowledged[id] = new Acknowledgement(id, [to], DateTimeOffset.UtcNow, 0, Stopwatch.GetElapsedTime(begun));
                    return client;
                }
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException or RefusedException)
            {
                // The 421 of a kept connection may be lost when the client's command meets a closed socket.
                if (stage == "MAIL" && !isNew && e is SocketException or EndOfStreamException) Interlocked.Increment(ref _closed);
                else _failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {endpoint} {stage} of {id}: {e.Message}");
                if (stage == "content" && e is not RefusedException)
                {
                    client.Dispose();
                    return null;
                }
            }

            client.Dispose();
            client = null;
        }
    }

    private async Task<SmtpClientLite?> ConnectAsync()
    {
        var endpoints = _service.Endpoints;
        if (endpoints.Count == 0)
        {
            _failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} the Service has no endpoint");
            return null;
        }

        var endpoint = endpoints[Random.Shared.Next(endpoints.Count)];
        SmtpClientLite? client = null;
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            client = await SmtpClientLite.ConnectAsync(endpoint, limit.Token);
            var hello = client.Greeting.IsPositive ? await client.CommandAsync("EHLO load.test", limit.Token) : client.Greeting;
            return hello.IsPositive ? client : throw new RefusedException(hello);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException or RefusedException)
        {
            client?.Dispose();
            _failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {endpoint} connection: {e.Message}");
            return null;
        }
    }

    private static async Task<SmtpClientLite?> QuitAsync(SmtpClientLite? client)
    {
        if (client is null) return null;
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            await client.CommandAsync("QUIT", limit.Token);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or OperationCanceledException)
        {
            // The message was taken; the server may have closed the connection first.
        }

        client.Dispose();
        return null;
    }

    private static byte[] Content(string id)
    {
        var text = new StringBuilder($"From: <sender@load.test>\r\nSubject: load\r\nMessage-Id: {id}\r\n\r\n");
        while (text.Length < Octets) text.Append('x', 76).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private sealed class RefusedException(SmtpReply reply) : Exception($"{reply.Code} {reply.Text}");
}
