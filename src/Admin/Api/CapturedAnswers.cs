namespace Postfleet.Admin.Api;

/// <summary>Captured messages, the newest first.</summary>
/// <param name="Messages">The messages.</param>
public sealed record CapturedList(IReadOnlyList<CapturedView> Messages);

/// <summary>A captured message.</summary>
/// <param name="Id">The id of the message.</param>
/// <param name="Queue">The key of its queue.</param>
/// <param name="CapturedAt">When the message was captured.</param>
/// <param name="From">The reverse-path; empty for the null reverse-path.</param>
/// <param name="Recipients">The recipients.</param>
/// <param name="Size">Length of the content in octets.</param>
/// <param name="Subject">The subject of the header.</param>
public sealed record CapturedView(
    string Id,
    string Queue,
    DateTimeOffset CapturedAt,
    string From,
    IReadOnlyList<string> Recipients,
    long Size,
    string Subject);

/// <summary>The answer to a deletion of captured messages.</summary>
/// <param name="Messages">The number of deleted entries of the list; a message captured for several domains has an entry for each.</param>
public sealed record CapturedDeletion(int Messages);
