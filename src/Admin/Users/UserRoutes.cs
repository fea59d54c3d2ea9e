using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Users;

namespace Postfleet.Admin.Users;

/// <summary>The descriptions of the routes of users.</summary>
internal static class UserRoutes
{
    /// <summary>The most users in an answer.</summary>
    public const int MaxListed = 1000;

    /// <summary>The users in an answer unless the request says otherwise.</summary>
    public const int DefaultLimit = 100;

    private const string Tag = "Users";

    private static readonly PathParameter Name = new("name", "The name of the user, in any case.", "shop@example.org");

    private static readonly PathParameter App = new("app", "The name of the application password, in any case.", "printer");

    private static readonly PathParameter IfMatch =
        new("If-Match", "The change is made only if the user has this ETag; * for any user that exists.", "\"17\"");

    private static readonly ProblemKind[] Reading = [ProblemKind.BadParameter, ProblemKind.StorageUnavailable];

    private static readonly ProblemKind[] WithBody = [ProblemKind.BadBody, ProblemKind.TooLarge, ProblemKind.ContentType];

    public static readonly ApiRoute List = new("listUsers", "Lists users")
    {
        Description = "The users in storage who send with a password, in the order of their names. No secret is shown.",
        Tag = Tag,
        Query = [QueryParameter.Limit(MaxListed, DefaultLimit), QueryParameter.Cursor],
        Problems = [.. Reading, ProblemKind.BadCursor],
    };

    public static readonly ApiRoute Get = new("getUser", "Shows a user")
    {
        Description = "No secret is shown. The field ETag is for the field If-Match of a change. The member used is what counts today.",
        Tag = Tag,
        Path = [Name],
        Problems = [.. Reading, ProblemKind.UnknownUser],
    };

    public static readonly ApiRoute Put = new("putUser", "Creates or replaces a user")
    {
        Description = "Secrets that the body does not mention stay as they are. The change is durable with the answer, and holds on all " +
            "nodes within a second, also for open sessions.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Name],
        Headers =
        [
            IfMatch,
            new("If-None-Match", "With *, the change is made only if there is no such user.", "*"),
        ],
        Accepts = JsonBody.MediaType,
        MaxBody = UserJson.MaxLength,
        Problems = [.. Reading, .. WithBody, ProblemKind.UserChanged],
    };

    public static readonly ApiRoute Delete = new("deleteUser", "Deletes a user")
    {
        Description = "The user can send nothing more, in open sessions too. Messages that are accepted are sent.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Name],
        Headers = [IfMatch],
        Problems = [.. Reading, ProblemKind.UnknownUser, ProblemKind.UserChanged],
    };

    public static readonly ApiRoute ResetLimits = new("resetUserLimits", "Sets the limits of a user back")
    {
        Description =
            "Nothing counts as used any more, today and in the rate. Recipients to whom the user has sent stay known. Recipients " +
            "that nodes have taken ahead may be used besides: 100 at most on each node.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Name],
        Problems = [.. Reading, ProblemKind.UnknownUser, ProblemKind.UserChanged],
    };

    public static readonly ApiRoute PutPassword = new("putAppPassword", "Makes an application password")
    {
        Description = "The password is random, and shown in this answer alone. A password of the same name is replaced. A body is " +
            "needed; {} for a password that does not expire.",
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Name, App],
        Headers = [IfMatch],
        Accepts = JsonBody.MediaType,
        MaxBody = UserJson.MaxLength,
        Problems = [.. Reading, .. WithBody, ProblemKind.UnknownUser, ProblemKind.UserChanged],
    };

    public static readonly ApiRoute DeletePassword = new("deleteAppPassword", "Deletes an application password")
    {
        Tag = Tag,
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Name, App],
        Headers = [IfMatch],
        Problems = [.. Reading, ProblemKind.UnknownUser, ProblemKind.UserChanged],
    };
}
