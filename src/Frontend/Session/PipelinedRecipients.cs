using System.Buffers;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Reads ahead the recipients of pipelined RCPT commands (RFC 2920), so that the storage is asked about many first-time recipients at once:
/// each question costs a commit. The commands are handled in order afterwards. Pure.
/// </summary>
internal static class PipelinedRecipients
{
    /// <summary>The most recipients: so many unknown ones may be looked up while a limit refuses new ones.</summary>
    public const int Most = 100;

    // A message to a few gains nothing, and would use up a unit for each recipient that is refused for another reason.
    private const int Least = 4;

    /// <summary>Reads the recipients of the next commands as the checks will see them, up to the first other command.</summary>
    /// <param name="buffer">The unhandled input.</param>
    /// <param name="machine">The machine of the session.</param>
    public static IReadOnlyList<Mailbox> Read(ReadOnlySequence<byte> buffer, SessionMachine machine)
    {
        if (machine.Transaction.Accepted < Least) return [];
        List<Mailbox> recipients = [];
        Span<byte> copy = stackalloc byte[FrontendLimits.CommandLine];
        var isSkipping = false;
        while (recipients.Count < Most
            && LineParser.Read(ref buffer, ref isSkipping, copy.Length, machine.IsTrusted, out var line) == LineResult.Line)
        {
            line.CopyTo(copy);
            if (CommandParser.Parse(copy[..(int)line.Length], out var argument) != Verb.Rcpt) break;
            var result = PathParser.Parse(argument, "TO:"u8, machine.IsTrusted, out var mailbox, out _);
            if (machine.Profile.Recipient.AddressOf(machine, result, mailbox) is { } address) recipients.Add(address);
        }

        return recipients;
    }
}
