using Akka.Actor;
using Akka.TestKit.Xunit2;
using Postfleet.Operations.Reports;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Reports;

/// <summary>The timer of the reports.</summary>
public sealed class DmarcReportSenderTests() : TestKit("akka.actor.serialize-messages = on")
{
    [Fact]
    public async Task Runs_follow_each_other_after_failures_too_and_the_last_is_cancelled()
    {
        var log = new LogCollector();
        var (runs, third) = (0, new TaskCompletionSource<CancellationToken>());
        Task Run(CancellationToken token)
        {
            switch (++runs)
            {
                case 1: throw new InvalidOperationException("one");
                case 2: return Task.FromException(new InvalidOperationException("two"));
                default:
                    third.TrySetResult(token);
                    return Task.Delay(Timeout.Infinite, token);
            }
        }

        Func<CancellationToken, Task> run = Run;
        var (first, interval) = (TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(1));
        var sender = Sys.ActorOf(Props.Create(() => new DmarcReportSender(run, first, interval, log)));
        var token = await third.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(log.Lines, line => Equals(line.Fields.GetValueOrDefault("Reason"), "two"));
        Watch(sender);
        Sys.Stop(sender);
        await ExpectTerminatedAsync(sender);
        Assert.True(token.IsCancellationRequested);
    }
}
