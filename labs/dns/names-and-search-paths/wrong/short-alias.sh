# fails: alias/alias-works
# message: nobody puts a search path behind it
# The short name is no whole one: nobody puts a search path behind an alias.
kubectl create service externalname api --external-name api.shop
