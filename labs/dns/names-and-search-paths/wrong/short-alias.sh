# fails: alias/alias-works
# The short name is no whole one: nobody puts a search path behind an alias.
kubectl create service externalname api --external-name api.shop
