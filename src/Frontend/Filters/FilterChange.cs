using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Filters;

/// <summary>Applies the changes of a filter to the message that it has accepted. Pure but for the log.</summary>
internal static class FilterChange
{
    /// <summary>The verdict with the changed message.</summary>
    /// <param name="layout">The message as the filter saw it.</param>
    /// <param name="subject">The message.</param>
    /// <param name="changes">The changes; null for none.</param>
    /// <param name="keepsSpace">Whether values of header fields have the space behind the colon.</param>
    /// <param name="added">What becomes of recipients that the filter adds.</param>
    /// <param name="watch">Notes recipients that are left out.</param>
    /// <exception cref="FilterException">The new body is malformed.</exception>
    public static Verdict Apply(
        MessageLayout layout, in MessageSubject subject, FilterChanges? changes, bool keepsSpace, AddedRecipients added, FilterWatch watch)
    {
        if (changes is null) return Verdict.Accept;
        IReadOnlyList<MessageRecipient>? recipients = null;
        IReadOnlyList<ExpandedRecipient> expanded = [];
        if (changes.Recipients.Count > 0)
        {
            var edit = RecipientEditor.Apply(
                added, subject.Session.Listener.Service, subject.Recipients, changes.Recipients, subject.Memory);
            if (edit.LeftOut.Count > 0) watch.LeftOut(subject.Id, edit.LeftOut);
            if (edit.Verdict.Kind != VerdictKind.Accept) return edit.Verdict;
            (recipients, expanded) = (edit.Recipients, edit.Expanded);
        }

        var content = MessageEditor.ContentOf(layout, changes, keepsSpace);
        return content is null && changes.Sender is null && recipients is null ? Verdict.Accept
            : Verdict.AcceptChanged(new MessageChange
            {
                Content = content,
                Sender = changes.Sender,
                Recipients = recipients,
                Expanded = expanded,
            });
    }
}
