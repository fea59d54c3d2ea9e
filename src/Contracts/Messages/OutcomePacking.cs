using System.Numerics;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>
/// Packs outcomes into messages within the frame limit. Reply texts come from remote hosts: a host with a different long text for each of a
/// thousand recipients could otherwise cause a message above the limit, dropped by remoting each time.
/// </summary>
public static class OutcomePacking
{
    /// <summary>
    /// The maximum size of a message in octets, half of remoting's frame limit of 128,000, for parts of up to 1,000 recipients, as many as
    /// a client may name
    /// (RFC 5321 section 4.5.3.1.8 asks for 100 at least).
    /// </summary>
    public const int MaxOctets = 64_000;

    // The maximum sizes of the fields without texts, names and sets, with all tags and lengths.
    private const int MessageOctets = 1_000;
    private const int JobOctets = 32;
    private const int DetailsOctets = 40;
    private const int OutcomeOctets = 20;
    private const int ReplyOctets = 18;
    private const int NameOctets = 4;

    // UTF-8 takes at most three octets for a UTF-16 unit.
    private const int OctetsPerCharacter = 3;

    /// <summary>
    /// Packs the jobs in order. The reply texts of a job beyond the limit by itself are truncated; reply codes are always kept.
    /// </summary>
    public static IEnumerable<Outcomes> Pack(QueueKey queue, DestinationId destination, IReadOnlyList<JobOutcome> jobs)
    {
        var packed = new List<JobOutcome>();
        var octets = MessageOctets;
        foreach (var job in jobs)
        {
            var fitting = job;
            var more = Octets(job, withTexts: true);
            if (MessageOctets + more > MaxOctets)
            {
                fitting = Shorten(job);
                more = Octets(fitting, withTexts: true);
            }

            if (packed.Count > 0 && (octets + more > MaxOctets || packed.Count == Outcomes.MaxJobs))
            {
                yield return new Outcomes(queue, destination, packed);
                packed = [];
                octets = MessageOctets;
            }

            packed.Add(fitting);
            octets += more;
        }

        if (packed.Count > 0) yield return new Outcomes(queue, destination, packed);
    }

    // An upper bound of the size of a job on the wire, where each reply and name is written once.
    private static int Octets(JobOutcome job, bool withTexts)
    {
        var replies = new HashSet<SmtpReply>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var octets = JobOctets;
        foreach (var outcome in job.Recipients)
        {
            octets += OutcomeOctets + Octets(outcome.Recipients);
            if (replies.Add(outcome.Reply)) octets += ReplyOctets + (withTexts ? Encoding.UTF8.GetByteCount(outcome.Reply.Text) : 0);
            octets += NewName(outcome.RemoteHost);
        }

        if (job.Details is not { } details) return octets;
        return octets + DetailsOctets + NewName(details.Address) + NewName(details.Source) + NewName(details.TlsVersion)
            + NewName(details.TlsCipher);

        int NewName(string name) => names.Add(name) ? NameOctets + Encoding.UTF8.GetByteCount(name) : 0;
    }

    private static int Octets(RecipientSet set)
    {
        var octets = Varint(set.FirstWord);
        foreach (var word in set.MoreWords) octets += Varint(word);
        return octets;
    }

    private static int Varint(ulong word) => word == 0 ? 1 : (BitOperations.Log2(word) + 7) / 7;

    private static JobOutcome Shorten(JobOutcome job)
    {
        var space = MaxOctets - MessageOctets - Octets(job, withTexts: false);
        var each = Math.Max(0, space / (OctetsPerCharacter * job.Recipients.Count));
        return job with
        {
            Recipients = [.. job.Recipients
            .Select(outcome => outcome with { Reply = outcome.Reply.WithTextOfAtMost(each) })]
        };
    }
}
