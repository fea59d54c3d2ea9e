using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Core.Users;

namespace Postfleet.Contracts.Budgets;

/// <summary>The limits of a user, with their names in the storage. Immutable.</summary>
public sealed class UserBudgets
{
    private const string RateKey = "maxRate";
    private const string RecipientsKey = "maxRecipients";
    private const string NewRecipientsKey = "maxNewRecipients";

    private UserBudgets(MailUser user)
    {
        Rate = Of(user.Name, RateKey, BudgetKind.Rate, user.MaxRate);
        Recipients = Of(user.Name, RecipientsKey, BudgetKind.Daily, user.MaxRecipients);
        NewRecipients = Of(user.Name, NewRecipientsKey, BudgetKind.Daily, user.MaxNewRecipients);
    }

    /// <summary>The keys of the limits in the JSON of a user, which are the last parts of their names.</summary>
    public static IReadOnlyList<string> Keys { get; } = [RateKey, RecipientsKey, NewRecipientsKey];

    /// <summary>The names of the limits of a user, in the order of <see cref="Keys"/>.</summary>
    /// <param name="user">The normalised name of the user.</param>
    public static IReadOnlyList<string> NamesOf(string user) => [.. Keys.Select(key => NameOf(user, key))];

    /// <summary>The most recipients in a time; null for any.</summary>
    public BudgetLimit? Rate { get; }

    /// <summary>The most recipients in a day; null for any.</summary>
    public BudgetLimit? Recipients { get; }

    /// <summary>The most recipients in a day to whom the user has never sent; null for any.</summary>
    public BudgetLimit? NewRecipients { get; }

    /// <summary>The names of the limits of a day: of recipients, and of new recipients.</summary>
    /// <param name="user">The normalised name of the user.</param>
    public static IReadOnlyList<string> DailyNamesOf(string user) => [NameOf(user, RecipientsKey), NameOf(user, NewRecipientsKey)];

    /// <summary>Whether a user has limits.</summary>
    public static bool IsLimited(MailUser user) => !user.MaxRate.IsNone || !user.MaxRecipients.IsNone || !user.MaxNewRecipients.IsNone;

    /// <summary>The limits of a user.</summary>
    public static UserBudgets Of(MailUser user) => new(user);

    // Names of users have no slashes.
    private static string NameOf(string user, string limit) => $"user/{user}/{limit}";

    private static BudgetLimit? Of(string user, string limit, BudgetKind kind, Rate value) =>
        value.IsNone ? null : new BudgetLimit(NameOf(user, limit), kind, value);
}
