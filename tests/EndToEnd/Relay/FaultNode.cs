using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// A node that delivers by MX to sinks on loopback and retries after a second. The sender's domain has its own sink for reports.
/// </summary>
internal sealed class FaultNode : IAsyncDisposable
{
    public const string Sender = "sender@source.test";

    private FaultNode(PostfleetNode node, Dnsmasq dns, SmtpSink reports)
    {
        (Node, Dns, Reports) = (node, dns, reports);
    }

    public PostfleetNode Node { get; }

    public Dnsmasq Dns { get; }

    /// <summary>The sink for mail to the sender.</summary>
    public SmtpSink Reports { get; }

    /// <summary>Starts a node.</summary>
    /// <param name="port">The port of all sinks; each has an address of its own.</param>
    /// <param name="records">The zone, to which the sender's domain is added.</param>
    /// <param name="lifetime">The lifetime of messages.</param>
    /// <param name="delayWarning">The time after which the sender is told about a delay.</param>
    /// <param name="clock">The clock of the node; null for the machine's clock.</param>
    public static async Task<FaultNode> StartAsync(
        int port, DnsRecords records, string lifetime = "5d", string delayWarning = "4h", SetClock? clock = null)
    {
        var reports = Sink(port, "127.0.0.99");
        var dns = await Dnsmasq.StartAsync(records.Mx("source.test", "mx.source.test").Address("mx.source.test", "127.0.0.99"));
        var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Environment = clock?.Environment ?? new Dictionary<string, string>(),
            Configure = json =>
            {
                json["Delivery"]!["Port"] = port;
                json["Queues"] = new JsonObject
                {
                    ["FirstRetry"] = "1s",
                    ["MaxRetry"] = "2s",
                    ["Lifetime"] = lifetime,
                    ["DelayWarning"] = delayWarning,
                };
            },
        });
        await node.StartAsync();
        return new FaultNode(node, dns, reports);
    }

    /// <summary>A sink on an address of 127.0.0.0/8.</summary>
    public static SmtpSink Sink(int port, string address, Func<SinkStep, SinkAction>? script = null) =>
        new(new SinkOptions
        {
            Address = System.Net.IPAddress.Parse(address),
            Port = port,
            Script = script,
            KeepContent = true,
            KeepCommands = true,
        });

    /// <summary>Sends a message to the node, which must accept it.</summary>
    public Task SendAsync(string id, string sender, params string[] recipients) => SendAsync(Node, id, sender, recipients);

    /// <inheritdoc cref="SendAsync(string, string, string[])"/>
    public static async Task SendAsync(PostfleetNode node, string id, string sender, IReadOnlyList<string> recipients)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO test");
        var content = Encoding.ASCII.GetBytes($"From: <{sender}>\r\nSubject: fault\r\nMessage-Id: {id}\r\n\r\nbody\r\n");
        var reply = await client.SendMessageAsync(sender, recipients, content);
        if (reply.Code != 250)
        {
            throw new InvalidOperationException($"the node refused {id}: {reply}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Dns.DisposeAsync();
        await Reports.DisposeAsync();
    }
}
