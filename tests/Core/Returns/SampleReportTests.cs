using System.Buffers;
using Postfleet.Core.Classification;
using Postfleet.Core.Returns;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Core.Tests.Returns;

/// <summary>
/// Reports of some 80 mail servers and providers, compared with what Sisimai finds in them. The numbers of agreements may only rise.
/// </summary>
public sealed class SampleReportTests(ITestOutputHelper output)
{
    private const int LeastFound = 557;
    private const int LeastStatus = 434;
    private const int LeastReason = 447;

    // Sisimai's reasons and the classes with the same meaning. Some of its words are wider than a class, others narrower.
    private static readonly Dictionary<string, string[]> Classes = new(StringComparer.Ordinal)
    {
        ["userunknown"] = ["unknown-user"],
        ["mailboxfull"] = ["mailbox-full"],
        ["expired"] = ["expired", "network"],
        ["filtered"] = ["unknown-user", "mailbox-disabled", "policy"],
        ["rejected"] = ["auth", "policy", "relay-denied"],
        ["blocked"] = ["blocklist", "policy", "reputation", "no-ptr"],
        ["hostunknown"] = ["no-such-domain", "dns"],
        ["authfailure"] = ["auth"],
        ["policyviolation"] = ["policy"],
        ["requireptr"] = ["no-ptr"],
        ["suspend"] = ["mailbox-disabled"],
        ["spamdetected"] = ["spam"],
        ["systemerror"] = ["remote-error"],
        ["networkerror"] = ["network", "dns", "no-mail"],
        ["securityerror"] = ["policy", "tls", "relay-denied", "content", "virus"],
        ["mailererror"] = ["remote-error", "unknown"],
        ["notaccept"] = ["no-mail"],
        ["norelaying"] = ["relay-denied"],
        ["hasmoved"] = ["moved"],
        ["toomanyconn"] = ["connections", "throttled"],
        ["contenterror"] = ["content"],
        ["mesgtoobig"] = ["too-big"],
        ["onhold"] = ["unknown"],
        ["badreputation"] = ["reputation", "throttled"],
        ["notcompliantrfc"] = ["content", "protocol"],
        ["undefined"] = ["unknown"],
        ["exceedlimit"] = ["too-big", "policy"],
        ["virusdetected"] = ["virus"],
        ["syntaxerror"] = ["protocol"],
        ["speeding"] = ["throttled", "recipient-rate"],
        ["systemfull"] = ["remote-error"],
    };

    [Fact]
    public void Reports_agree_with_what_sisimai_finds()
    {
        var (total, found, withStatus, status, reason) = (0, 0, 0, 0, 0);
        foreach (var (name, octets) in SampleReports.All)
        {
            var expected = SampleReports.Expected[name]
                .Where(each => each.Reason is not ("feedback" or "vacation" or "delivered")).ToArray();
            if (expected.Length == 0) continue;
            var read = ReturnedMailReader.Read(new ReadOnlySequence<byte>(octets));
            for (var i = 0; i < expected.Length; i++)
            {
                total++;
                if (expected[i].HasStatus) withStatus++;
                if (read is null || i >= read.Recipients.Count)
                {
                    output.WriteLine($"{name}: {expected[i].Status} {expected[i].Reason}, not found");
                    continue;
                }

                found++;
                var recipient = read.Recipients[i];
                var code = recipient.Status?.ToString() ?? "";
                var word = recipient.Classify(BounceClassifier.Shipped)?.Name ?? "";
                var agrees = (Status: code == expected[i].Status, Reason: Classes[expected[i].Reason].Contains(word));
                if (agrees.Status && expected[i].HasStatus) status++;
                if (agrees.Reason) reason++;
                if ((agrees.Status || !expected[i].HasStatus) && agrees.Reason) continue;
                output.WriteLine(
                    $"{name}: {expected[i].Status} {expected[i].Reason}, {code} {word}: {recipient.Reply.WithTextOfAtMost(200)}");
            }
        }

        output.WriteLine($"{total} recipients: {found} found, status {status} of {withStatus}, reason {reason}");
        Assert.True(found >= LeastFound, $"{found} found");
        Assert.True(status >= LeastStatus, $"{status} status");
        Assert.True(reason >= LeastReason, $"{reason} reason");
    }

    // Not in the format: a request to unsubscribe, and a notice for programs in JSON.
    [Fact]
    public void Complaints_have_their_type_and_no_recipient_that_bounced()
    {
        var wrong = new List<string>();
        foreach (var (name, octets) in SampleReports.All.Where(each => SampleReports.Expected[each.Key].Any(row => row.Reason == "feedback")
            && each.Key is not ("arf-26" or "lhost-amazonses-11")))
        {
            var read = ReturnedMailReader.Read(new ReadOnlySequence<byte>(octets));
            var expected = SampleReports.Expected[name].ToArray();
            if (read?.Complaint?.Kind != expected[0].Feedback || read.Recipients.Count > 0) wrong.Add($"{name}: {read?.Complaint}");
            else if (read.Complaint.Recipients.Count > 1 && read.Complaint.Recipients.Count != expected.Length) wrong.Add(name);
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Automatic_answers_and_usual_mail_are_no_reports() => Assert.Empty(SampleReports.All
        .Where(each => each.Key.StartsWith("is-not-bounce", StringComparison.Ordinal)
            || SampleReports.Expected[each.Key].Any(row => row.Reason == "vacation"))
        .Where(each => ReturnedMailReader.Read(new ReadOnlySequence<byte>(each.Value)) is not null).Select(each => each.Key));
}
