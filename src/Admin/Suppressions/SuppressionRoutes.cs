using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Core.Suppression;

namespace Postfleet.Admin.Suppressions;

/// <summary>The descriptions of the routes of the suppression list.</summary>
internal static class SuppressionRoutes
{
    /// <summary>The most entries in an answer or a request.</summary>
    public const int MaxListed = 1000;

    /// <summary>The entries in an answer unless the request says otherwise.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The longest body, in octets.</summary>
    public const int MaxBody = 1_000_000;

    private const string Tag = "Suppressions";

    private static readonly PathParameter Target = new("target", "The address or domain, in any case.", "ann@example.net");

    private static readonly QueryParameter Scope = new("scope", $"The scope: {SuppressionKey.ScopeForm}.", "stream:bulk");

    private static readonly ProblemKind[] Reading = [ProblemKind.BadParameter, ProblemKind.StorageUnavailable];

    private static readonly ProblemKind[] WithBody = [ProblemKind.BadBody, ProblemKind.TooLarge, ProblemKind.ContentType];

    public static readonly ApiRoute List = new("listSuppressions", "Lists the suppression list")
    {
        Description = "The entries that have an effect, in the order of their targets and scopes. A page may be short or empty before " +
            "the end of the list: the list ends where the cursor is null.",
        Tag = Tag,
        Query =
        [
            new("target", "Only entries of this address or domain.", "ann@example.net"),
            new("domain", "Only entries of this domain and of addresses in it.", "example.net"), Scope,
            new("reason", "Only entries with this reason.", "unknown-user"),
            QueryParameter.Limit(MaxListed, DefaultLimit), QueryParameter.Cursor,
        ],
        Problems = [.. Reading, ProblemKind.BadCursor],
    };

    public static readonly ApiRoute Put = new("putSuppression", "Makes or replaces an entry")
    {
        Description = "Durable with the answer, and in force on all nodes within a second, also for mail that waits.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Target],
        Accepts = JsonBody.MediaType,
        MaxBody = MaxBody,
        Problems = [.. Reading, .. WithBody],
    };

    public static readonly ApiRoute Import = new("importSuppressions", "Makes or replaces many entries")
    {
        Description = "All entries in one transaction, or none where one of them is not allowed.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Accepts = JsonBody.MediaType,
        MaxBody = MaxBody,
        Problems = [.. Reading, .. WithBody],
    };

    public static readonly ApiRoute Delete = new("deleteSuppression", "Removes an entry")
    {
        Description = "What was counted towards an entry is forgotten, too.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Target],
        Query = [Scope],
        Problems = [.. Reading, ProblemKind.UnknownSuppression],
    };
}
