using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Http;

/// <summary>The ids of messages in requests.</summary>
internal static class MessageIds
{
    /// <summary>Reads an id.</summary>
    /// <exception cref="ProblemException">The text is no id.</exception>
    public static MessageId Parse(string text) => MessageId.TryParse(text, out var id) ? id
        : throw QueryReader.Wrong("id", text, $"a message id of {MessageId.TextLength} letters and digits");
}
