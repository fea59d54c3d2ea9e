using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>Applies the changes of a filter to the content of a message. What stays is not copied. Pure.</summary>
internal static class MessageEditor
{
    // Longest reason of a quarantine, in characters.
    private const int MaxReason = 200;

    /// <summary>The changed content; null where the content stays.</summary>
    /// <param name="layout">The message as the filter saw it.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="keepsSpace">Whether values of header fields have the space behind the colon.</param>
    /// <exception cref="FilterException">The new body is malformed.</exception>
    public static MessageContent? ContentOf(MessageLayout layout, FilterChanges changes, bool keepsSpace)
    {
        if (changes is { Headers.Count: 0, Body: null, Quarantine: null }) return null;
        var fields = layout.Fields.ToList();
        foreach (var change in changes.Headers) Apply(fields, layout.Own, change, keepsSpace);
        if (changes.Quarantine is { } reason) fields.Insert(0, NewField(QuarantineHeader.FieldName, Reason(reason), keepsSpace: false));
        var pieces = new ContentPieces();
        foreach (var field in fields)
        {
            if (field.New is { } octets) pieces.Add(octets);
            else pieces.Add(layout.Content.Octets.Slice(field.Start, field.Length));
        }

        if (changes.Body is { } body)
        {
            pieces.Add("\r\n"u8.ToArray());
            pieces.Add(body.Finish().Octets);
        }
        else
        {
            pieces.Add(layout.Content.Octets.Slice(layout.HeaderEnd));
        }

        return pieces.Build();
    }

    private static void Apply(List<LayoutField> fields, LayoutField? own, HeaderChange change, bool keepsSpace)
    {
        var field = NewField(change.Name, change.Value, keepsSpace);
        if (change.Kind == HeaderChangeKind.Insert)
        {
            fields.Insert((int)Math.Min(change.Index, fields.Count), field);
            return;
        }

        var at = change.Kind == HeaderChangeKind.Add ? -1 : Find(fields, own, change);
        var isRemoved = change.Kind == HeaderChangeKind.Change && change.Value.Length == 0;
        if (at >= 0 && isRemoved) fields.RemoveAt(at);
        else if (at >= 0) fields[at] = field;
        // As with Postfix, a field that does not exist is added.
        else if (!isRemoved) fields.Add(field);
    }

    // The nth field of a name, counted without the trace header of this host, which the filter did not see.
    private static int Find(List<LayoutField> fields, LayoutField? own, HeaderChange change)
    {
        var left = Math.Max(change.Index, 1);
        for (var i = 0; i < fields.Count; i++)
        {
            if (ReferenceEquals(fields[i], own) || !fields[i].Name.Equals(change.Name, StringComparison.OrdinalIgnoreCase)) continue;
            if (--left == 0) return i;
        }

        return -1;
    }

    // A line of the value that would begin another field, or the body, becomes a folded line.
    private static LayoutField NewField(string name, string value, bool keepsSpace)
    {
        var text = new StringBuilder(name).Append(keepsSpace ? ":" : ": ");
        var isFirst = true;
        foreach (var line in value.Split('\n'))
        {
            var clean = line.TrimEnd('\r').Replace('\r', ' ');
            if (!isFirst)
            {
                if (clean.AsSpan().Trim(" \t").IsEmpty) continue;
                text.Append("\r\n").Append(clean[0] is ' ' or '\t' ? "" : "\t");
            }

            text.Append(clean);
            isFirst = false;
        }

        return new LayoutField(0, 0, name, Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()));
    }

    private static string Reason(string reason)
    {
        var clean = new string([.. reason.Take(MaxReason).Select(c => c is >= ' ' and <= '~' ? c : '?')]).Trim();
        return clean.Length == 0 ? "filter" : clean;
    }
}
