using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Proxy;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Testing;

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

    private protected static async Task<(ProxyResult Result, int Code)> AskAsync(
        MailProxy proxy, string recipient, string stream = QueueKey.DefaultStream)
    {
        var answer = await proxy.AskAsync(Mailbox.Parse("a@x.test"), Mailbox.Parse(recipient), 100, stream, default).WaitAsync(Patience);
        return (answer.Result, answer.Reply.Code);
    }

    private protected static Task<ProxiedMessage> SendAsync(MailProxy proxy, params string[] recipients) => SendAsync(proxy, 0, recipients);

    private protected static Task<ProxiedMessage> SendAsync(MailProxy proxy, int padding, params string[] recipients) =>
        proxy.SendAsync(NewMessage(padding, recipients), TimeSpan.Zero).WaitAsync(Patience);

    private protected static Submission NewMessage(int padding, params string[] recipients)
    {
        var lines = string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789\r\n", padding / 42));
        var text = $"Subject: x\r\n\r\n{lines}.hi\r\n";
        var content = new Core.Mail.MessageContent(Encoding.ASCII.GetBytes(text));
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("a@x.test"), Size = content.Length };
        return new Submission(MessageId.New(DateTimeOffset.UnixEpoch), envelope, [.. recipients.Select(Mailbox.Parse)], content);
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

    private protected MailProxy NewProxy(string to, Dialer? dialer = null, ILogger? logger = null) =>
        NewProxy([new RouteOptions { Domain = DomainPattern.All, To = RouteTarget.Parse(to) }], null, dialer, logger);

    private protected MailProxy NewProxy(
        RouteOptions[] routes, Func<QueueKey, bool>? isMoved = null, Dialer? dialer = null, ILogger? logger = null)
    {
        var hosts = NextHosts.Create(routes, Dns, Time, dialer ?? new Dialer(Patience, TimeProvider.System));
        return new MailProxy(
            new MovedRoutes(hosts.Resolver, isMoved), hosts.Sites.ConnectAsync, () => Limits, Time, logger ?? NullLogger.Instance);
    }
}
