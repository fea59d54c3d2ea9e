using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// A shared node and the names and addresses of one test: a domain with one mail exchanger, a domain with two, and a sender whose domain
/// has a sink for reports.
/// </summary>
internal sealed class FaultPart(PostfleetNode node, int port, int test, Action returned) : IAsyncDisposable
{
    private const int First = 11;
    private const int Second = 12;
    private const int Reporting = 99;

    /// <summary>The node.</summary>
    public PostfleetNode Node => node;

    /// <summary>The sink for mail to <see cref="Sender"/>.</summary>
    public SmtpSink Reports { get; } = FaultNode.Sink(port, Address(test, Reporting));

    /// <summary>The sender of the test's mail.</summary>
    public string Sender => $"sender@source{test}.test";

    /// <summary>A domain whose only mail exchanger is the first sink.</summary>
    public string Domain => $"one{test}.test";

    /// <summary>A domain whose preferred mail exchanger is the first sink, and whose other mail exchanger is the second sink.</summary>
    public string DomainOfTwo => $"two{test}.test";

    /// <summary>Adds the records of a test to a zone.</summary>
    public static void AddRecords(DnsRecords records, int test)
    {
        foreach (var (domain, host, preference) in ((string, int, int)[])
            [($"source{test}.test", Reporting, 10), ($"one{test}.test", First, 10), ($"two{test}.test", First, 10),
                ($"two{test}.test", Second, 20)])
        {
            records.Mx(domain, $"mx{host}.{domain}", preference).Address($"mx{host}.{domain}", Address(test, host));
        }
    }

    /// <summary>Starts the first sink. The test disposes of it.</summary>
    public SmtpSink FirstSink(Func<SinkStep, SinkAction>? script = null) => FaultNode.Sink(port, Address(test, First), script);

    /// <summary>Starts the second sink. The test disposes of it.</summary>
    public SmtpSink SecondSink() => FaultNode.Sink(port, Address(test, Second));

    /// <summary>Sends a message to the node, which must accept it.</summary>
    public Task SendAsync(string id, string sender, params string[] recipients) =>
        FaultNode.SendAsync(node, id, sender, recipients);

    /// <summary>Waits until the node has no mail and returns it to the other tests.</summary>
    public async Task ReturnAsync(TimeSpan limit)
    {
        await node.WaitEmptyAsync(limit);
        returned();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Reports.DisposeAsync();

    private static string Address(int test, int host) => $"127.0.{test}.{host}";
}
