using System.Text;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Rewriting;

/// <summary>
/// Changes the header of a message: addresses in the fields of senders and recipients, and whole fields by the rules. All other octets
/// stay. A header beyond the bounds of <see cref="MessageHeader"/> stays as it is. Pure; immutable.
/// </summary>
/// <param name="addresses">Replaces addresses.</param>
/// <param name="rules">The rules for fields.</param>
internal sealed class HeaderRewriter(AddressRewriter addresses, IReadOnlyList<HeaderRuleOptions> rules)
{
    /// <summary>Longest field whose addresses are replaced, in octets.</summary>
    public const int MaxField = 64 * 1024;

    /// <summary>Most addresses of a message that are read.</summary>
    public const int MaxAddresses = 5_000;

    private static readonly Dictionary<string, bool> IsRecipient = new(StringComparer.OrdinalIgnoreCase)
    {
        ["From"] = false,
        ["Sender"] = false,
        ["Reply-To"] = false,
        ["Resent-From"] = false,
        ["Resent-Sender"] = false,
        ["Resent-Reply-To"] = false,
        ["To"] = true,
        ["Cc"] = true,
        ["Bcc"] = true,
        ["Resent-To"] = true,
        ["Resent-Cc"] = true,
        ["Resent-Bcc"] = true,
    };

    /// <summary>
    /// Changes the header below this host's Received field, which is the first one; fields are added below it. What stands above it comes
    /// from checks, and stays.
    /// </summary>
    /// <param name="content">The content.</param>
    /// <param name="added">The number of new octets.</param>
    /// <returns>The changed content; the same object if nothing changes.</returns>
    public MessageContent Apply(MessageContent content, out int added)
    {
        added = 0;
        if (rules.Count == 0 && !addresses.Changes(isRecipient: false) && !addresses.Changes(isRecipient: true)) return content;
        var header = MessageHeader.Read(content.Octets);
        if (!header.IsComplete) return content;
        var begin = header.Named("Received") is [var own, ..] ? own.End : 0;
        var edits = new List<Edit>();
        foreach (var rule in rules) AddField(header, rule, begin, edits);
        var left = MaxAddresses;
        foreach (var field in header.Fields)
        {
            if (field.Start < begin) continue;
            var name = Encoding.ASCII.GetString(header.Octets(field)[..(field.NameEnd - field.Start)]);
            if (IsRemoved(name)) edits.Add(new Edit(field.Start, field.End, default));
            else if (IsRecipient.TryGetValue(name, out var isRecipient) && addresses.Changes(isRecipient))
                Rewrite(header.Value(field), field.ValueStart, isRecipient, edits, ref left);
        }

        if (edits.Count == 0) return content;
        foreach (var edit in edits) added += edit.Octets.Length;
        return Edit.Apply(content, edits);
    }

    private static void AddField(MessageHeader header, HeaderRuleOptions rule, int begin, List<Edit> edits)
    {
        if (rule.Action == HeaderAction.Remove) return;
        if (rule.Action == HeaderAction.Default && header.Named(rule.Name).Any(field => field.Start >= begin)) return;
        edits.Add(new Edit(begin, begin, Encoding.ASCII.GetBytes($"{rule.Name}: {rule.Value}".TrimEnd() + "\r\n")));
    }

    private bool IsRemoved(string name) => rules.Any(rule =>
        rule.Action is HeaderAction.Set or HeaderAction.Remove && rule.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private void Rewrite(ReadOnlySpan<byte> value, int start, bool isRecipient, List<Edit> edits, ref int left)
    {
        if (value.Length > MaxField) return;
        var spans = AddressSpans.Find(value, left);
        left -= spans.Count;
        foreach (var span in spans)
        {
            if (!Mailbox.TryParse(Encoding.UTF8.GetString(value[span]), out var address)) continue;
            var other = addresses.Rewrite(address, isRecipient, isMasqueraded: true);
            if (other.Address == address.Address) continue;
            edits.Add(new Edit(start + span.Start.Value, start + span.End.Value, Encoding.UTF8.GetBytes(other.Address)));
        }
    }
}
