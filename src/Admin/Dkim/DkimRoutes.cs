using Postfleet.Admin.Http;
using Postfleet.Admin.Options;

namespace Postfleet.Admin.Dkim;

/// <summary>The descriptions of the routes of keys that sign.</summary>
internal static class DkimRoutes
{
    /// <summary>The most keys in an answer.</summary>
    public const int MaxListed = 1000;

    /// <summary>The keys in an answer unless the request says otherwise.</summary>
    public const int DefaultLimit = 100;

    private const string Tag = "Dkim";

    private static readonly PathParameter Domain = new("domain", "The domain whose mail the key signs.", "example.org");

    private static readonly PathParameter Selector = new("selector", "The selector of the key.", "s2026");

    private static readonly ProblemKind[] Reading = [ProblemKind.BadParameter, ProblemKind.StorageUnavailable];

    public static readonly ApiRoute List = new("listDkimKeys", "Lists the keys that sign")
    {
        Description = "The DKIM keys in storage, in the order of domains and selectors. No private key is shown.",
        Tag = Tag,
        Query = [QueryParameter.Limit(MaxListed, DefaultLimit), QueryParameter.Cursor],
        Problems = [.. Reading, ProblemKind.BadCursor],
    };

    public static readonly ApiRoute Get = new("getDkimKey", "Shows a key that signs")
    {
        Description = "The node looks for the record in the DNS: the member dns says what it sees.",
        Tag = Tag,
        Path = [Domain, Selector],
        Problems = [.. Reading, ProblemKind.UnknownSigningKey],
    };

    public static readonly ApiRoute Post = new("createDkimKey", "Makes a key that signs")
    {
        Description = "The key is stored, and signs once its record has been seen in the DNS. Keys of the domain sign meanwhile.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Accepts = JsonBody.MediaType,
        Problems =
        [
            .. Reading, ProblemKind.BadBody, ProblemKind.TooLarge, ProblemKind.ContentType, ProblemKind.SigningKeyConflict,
        ],
    };

    public static readonly ApiRoute Activate = new("activateDkimKey", "Lets a key sign at once")
    {
        Description = "For nodes whose DNS does not show the record. Receivers must see it, or they refuse the signatures.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Domain, Selector],
        Problems = [.. Reading, ProblemKind.UnknownSigningKey, ProblemKind.SigningKeyConflict],
    };

    public static readonly ApiRoute Retire = new("retireDkimKey", "Ends the signing by a key")
    {
        Description = "All nodes stop within a second, and the private key is deleted. The record must stay in the DNS for mail under way.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Domain, Selector],
        Problems = [.. Reading, ProblemKind.UnknownSigningKey],
    };
}
