using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>
/// Clients that send messages with orders for the filters, until they are told to stop. A deferred message is sent again, a refused one is
/// not.
/// </summary>
internal sealed class FilterLoad : IAsyncDisposable
{
    /// <summary>The sender before the filters.</summary>
    public const string Sender = "sender@example.org";

    // Each message costs the filters some milliseconds: without a pause they would be the test.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly ConcurrentDictionary<int, string> _ends = new();
    private readonly ConcurrentQueue<string> _deferrals = new();
    private int _next;

    /// <param name="server">The node.</param>
    /// <param name="clients">The number of clients.</param>
    public FilterLoad(IPEndPoint server, int clients)
    {
        _server = server;
        _running = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>The last reply to each message.</summary>
    public IReadOnlyDictionary<int, string> Ends => _ends;

    /// <summary>The replies that deferred a message.</summary>
    public IReadOnlyCollection<string> Deferrals => _deferrals;

    /// <summary>The messages with a 250.</summary>
    public IEnumerable<int> Acknowledged =>
        _ends.Where(end => end.Value.StartsWith("250", StringComparison.Ordinal)).Select(end => end.Key);

    /// <summary>Whether a message carries what Rspamd refuses.</summary>
    public static bool IsUnsolicited(int n) => n % 20 == 5;

    /// <summary>Whether a message carries what ClamAV refuses.</summary>
    public static bool IsInfected(int n) => n % 20 == 15;

    /// <summary>The Message-ID of a message.</summary>
    public static string IdOf(int n) => string.Create(CultureInfo.InvariantCulture, $"<drill.{n}@load.test>");

    /// <summary>Begins no further message, and waits for those in progress.</summary>
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

    private static byte[] ContentOf(int n)
    {
        // The test string of filters against unsolicited mail, in two parts so that this file is not refused by one.
        var body = IsUnsolicited(n) ? "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
            : IsInfected(n) ? "POSTFLEET-TEST-VIRUS" : "before";
        return Encoding.ASCII.GetBytes(
            $$"""
            From: <{{Sender}}>
            To: <keep.{{n}}@drill.test>
            Date: Mon, 2 Mar 2026 12:00:00 +0000
            Subject: before
            Message-ID: {{IdOf(n)}}
            X-Do: add|X-Doer|{{n}}
            X-Do: change|1|Subject|changed {{n}}
            X-Do: body|body of {{n}}\n
            X-Do: addrcpt|<copy.{{n}}@drill.test>
            X-Do: delrcpt|<gone.{{n}}@drill.test>
            X-Do: from|<new@example.org>
            X-Hook: {"action": "accept", "modifications": [{"type": "addHeader", "name": "X-Hooked", "value": "{{n}}"}]}

            {{body}}

            """.ReplaceLineEndings("\r\n"));
    }

    private async Task RunAsync()
    {
        SmtpClientLite? client = null;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var n = Interlocked.Increment(ref _next);
                var content = ContentOf(n);
                string reply;
                do
                {
                    (client, reply) = await SendAsync(client, n, content);
                    if (reply[0] == '4') _deferrals.Enqueue(reply);
                    await Task.Delay(Pause);
                }
                while (reply[0] == '4');
                _ends[n] = reply;
            }
        }
        finally
        {
            client?.Dispose();
        }
    }

    private async Task<(SmtpClientLite?, string)> SendAsync(SmtpClientLite? client, int n, byte[] content)
    {
        try
        {
            client ??= await ConnectAsync();
            var reply = client.Greeting.Code == 220
                ? await client.SendMessageAsync(Sender, [$"keep.{n}@drill.test", $"gone.{n}@drill.test"], content) : client.Greeting;
            if (reply.Code == 421 || client.Greeting.Code != 220) Close(ref client);
            // A refused greeting or command leaves the transaction open.
            else if (reply.Code != 250) await client.CommandAsync("RSET");
            return (client, $"{reply.Code} {reply.Text}");
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            Close(ref client);
            return (null, $"4 connection: {e.Message}");
        }
    }

    private async Task<SmtpClientLite> ConnectAsync()
    {
        var client = await SmtpClientLite.ConnectAsync(_server);
        if (client.Greeting.Code == 220) await client.CommandAsync("EHLO load.test");
        return client;
    }

    private static void Close(ref SmtpClientLite? client)
    {
        client?.Dispose();
        client = null;
    }
}
