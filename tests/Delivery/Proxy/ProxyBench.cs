using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Proxy;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>A proxy over real sockets, with a clock of its own.</summary>
public abstract class ProxyBench
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private protected ProxyBench()
    {
    }

    private protected FakeDns Dns { get; } = new();

    private protected FakeTimeProvider Time { get; } = new();

    private protected ProxyLimits Limits { get; set; } = new(4, 100, TimeSpan.FromSeconds(5));

    private protected static async Task<(ProxyResult Result, int Code)> AskAsync(MailProxy proxy, string recipient)
    {
        var answer = await proxy.AskAsync(Mailbox.Parse("a@x.test"), Mailbox.Parse(recipient), 100, CancellationToken.None)
            .WaitAsync(Patience);
        return (answer.Result, answer.Reply.Code);
    }

    private protected static Task<ProxiedMessage> SendAsync(MailProxy proxy, params string[] recipients) => SendAsync(proxy, 0, recipients);

    private protected static async Task<ProxiedMessage> SendAsync(MailProxy proxy, int padding, params string[] recipients)
    {
        var lines = string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789\r\n", padding / 42));
        var text = $"Subject: x\r\n\r\n{lines}.hi\r\n";
        var content = new Core.Mail.MessageContent(Encoding.ASCII.GetBytes(text));
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("a@x.test"), Size = content.Length };
        return await proxy.SendAsync(new Submission(
            MessageId.New(DateTimeOffset.UnixEpoch), envelope, [.. recipients.Select(Mailbox.Parse)], content)).WaitAsync(Patience);
    }

    /// <summary>A script that accepts everything up to a stage, and says nothing there.</summary>
    private protected static Func<SinkStep, SinkAction> HangingAt(SinkStage stage, TaskCompletionSource isHanging) => step =>
    {
        if (step.Stage != stage) return SinkAction.Accept;
        isHanging.TrySetResult();
        return SinkAction.Hang;
    };

    /// <summary>Moves the clock until a task is done.</summary>
    private protected Task AdvanceUntilAsync(Task task, double seconds = 0.5) => Eventually.True(() =>
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        return task.IsCompleted;
    }, Patience, "the wait is over");

    private protected MailProxy NewProxy(string to)
    {
        RouteOptions[] routes = [new RouteOptions { Domain = DomainPattern.All, To = RouteTarget.Parse(to) }];
        var egress = new EgressTable(routes);
        var own = new MailLoopDetector("us.test", [], allowsLoopback: true, () => [], () => []);
        // The connections use the clock of the machine, so that no time limit is over while a test advances the other.
        var connector = new SmtpConnector(
            "client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance);
        var sites = new SiteConnector(
            Dns, connector, new(egress), own, new MemoryCapture(), Time, new Random(1).Next, NullLogger.Instance);
        return new MailProxy(
            new RouteResolver(routes, egress, new DeliveryOptions(), own, Dns), sites.ConnectAsync, () => Limits, Time,
            NullLogger.Instance);
    }
}
